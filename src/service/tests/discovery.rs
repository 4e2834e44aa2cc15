//! What the server says of itself.
use schemas::urn;
use serde_json::{Value, json};

use super::world::{World, failure};

const BASE_URL: &str = "https://host/scim/acme/v2";

#[test]
fn claims_are_the_limits_that_hold() {
    let world = World::plain();
    let config = world.service.service_provider_config(BASE_URL, false).unwrap();
    assert!(world.service.service_provider_config(BASE_URL, true).is_err());
    let limits = *world.service.limits();
    assert_eq!(config["schemas"], json!([urn::SERVICE_PROVIDER_CONFIG]));
    for (path, expected) in [
        ("/patch/supported", json!(true)),
        ("/bulk/supported", json!(true)),
        ("/bulk/maxOperations", json!(limits.bulk_operations)),
        ("/bulk/maxPayloadSize", json!(limits.bulk_payload_bytes)),
        ("/filter/maxResults", json!(limits.page_max)),
        ("/changePassword/supported", json!(false)),
        ("/sort/supported", json!(true)),
        ("/etag/supported", json!(true)),
        ("/pagination/cursor", json!(true)),
        ("/pagination/index", json!(true)),
        ("/pagination/defaultPaginationMethod", json!("index")),
        ("/pagination/maxPageSize", json!(limits.page_max)),
        ("/authenticationSchemes/0/type", json!("oauthbearertoken")),
        ("/meta/location", json!(format!("{BASE_URL}/ServiceProviderConfig"))),
    ] {
        assert_eq!(config.pointer(path), Some(&expected), "{path}");
    }
    let schema = world
        .service
        .schema(&world.context, urn::SERVICE_PROVIDER_CONFIG)
        .unwrap();
    let described: Vec<_> = schema["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| &attribute["name"])
        .collect();
    let said = config
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !["schemas", "meta"].contains(&name.as_str()));
    for name in said {
        assert!(described.contains(&&json!(name)), "{name} is not in the schema");
    }
}

#[test]
fn what_is_listed_is_found_by_its_location() {
    let world = World::plain();
    let (service, context) = (&world.service, &world.context);
    let check = |list: Value, endpoint: &str, find: &dyn Fn(&str) -> Value| {
        let resources = list["Resources"].as_array().unwrap();
        assert_eq!(list["schemas"], json!([urn::LIST_RESPONSE]));
        assert_eq!(
            (&list["totalResults"], &list["itemsPerPage"]),
            (&json!(resources.len()), &json!(resources.len()))
        );
        for resource in resources {
            let location = resource["meta"]["location"].as_str().unwrap();
            let id = location.strip_prefix(&format!("{BASE_URL}/{endpoint}/")).unwrap();
            assert_eq!(&find(id), resource);
        }
        resources.len()
    };
    let types = service.resource_types(context, false).unwrap();
    assert_eq!(
        check(types, "ResourceTypes", &|id| service
            .resource_type(context, id)
            .unwrap()),
        2
    );
    let schemas = service.schemas(context, false).unwrap();
    assert_eq!(check(schemas, "Schemas", &|id| service.schema(context, id).unwrap()), 6);
    let user = service.schema(context, &urn::USER.to_uppercase()).unwrap();
    assert_eq!(user["id"], json!(urn::USER), "URNs are read in any case");
    assert_eq!(failure(service.schema(context, "urn:nonsense")).0, 404);
    assert_eq!(failure(service.resource_type(context, "Nonsense")).0, 404);
    assert_eq!(failure(service.schemas(context, true)).0, 403);
    assert_eq!(failure(service.resource_types(context, true)).0, 403);
}

#[tokio::test]
async fn readiness_is_a_read() {
    World::plain().service.ready().await.unwrap();
}
