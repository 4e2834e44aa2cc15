//! The rules for every exchange.
use serde_json::Value;

use crate::suite::expect::{is_date_time, is_uri_reference};
use crate::suite::server::{Answer, ERROR_URN, Request, SCIM_JSON};

/// URN of list answers.
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A rule for every exchange.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) shows: &'static [&'static str],
    pub(crate) holds: Holds,
}

/// Looks at one exchange: not concerned, or right, or what is wrong.
pub(crate) type Holds = fn(&Request, &Answer) -> Option<Result<(), String>>;

/// The rules for every exchange.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "always.errors_are_scim_errors",
        shows: &["7644-3.12-01", "7644-3.12-02", "7644-3.12-03", "7644-3.2-07"],
        holds: errors_are_scim_errors,
    },
    Rule {
        name: "always.no_server_error",
        shows: &["7644-3.12-05"],
        holds: no_server_error,
    },
    Rule {
        name: "always.scim_media_type",
        shows: &["7644-3.2-06", "7644-8.1-01"],
        holds: scim_media_type,
    },
    Rule {
        name: "always.schemas_without_duplicates",
        shows: &["7643-2.1-03", "7643-3-01", "7643-3-03"],
        holds: schemas_without_duplicates,
    },
    Rule {
        name: "always.registered_message_urns",
        shows: &["7644-3.1-02", "7644-8.2-01"],
        holds: registered_message_urns,
    },
    Rule {
        name: "always.an_id_that_is_not_bulk_id",
        shows: &["7643-3.1-04", "7643-3.1-08"],
        holds: an_id_that_is_not_bulk_id,
    },
    Rule {
        name: "always.list_shape",
        shows: &["7644-3.4.2-04", "7644-3.4.2-06", "7644-3.4.2-08", "7644-3.4.2.4-08"],
        holds: list_shape,
    },
    Rule {
        name: "always.meta_of_its_types",
        shows: &[
            "7643-2.3.5-01",
            "7643-2.3.5-02",
            "7643-3.1-17",
            "7643-2.3.7-01",
            "7644-1.3-02",
        ],
        holds: meta_of_its_types,
    },
    Rule {
        name: "always.etag_is_meta_version",
        shows: &["7643-3.1-21", "7643-3.1-22"],
        holds: etag_is_meta_version,
    },
    Rule {
        name: "always.password_is_never_returned",
        shows: &["7643-4.1.1-15", "7643-7-17", "7643-7-19"],
        holds: password_is_never_returned,
    },
    Rule {
        name: "always.one_primary_at_most",
        shows: &["7643-2.4-03"],
        holds: one_primary_at_most,
    },
    Rule {
        name: "always.no_type_value_pair_twice",
        shows: &["7643-2.4-09"],
        holds: no_type_value_pair_twice,
    },
];

/// The resources in a successful answer: the body, or the elements of a list.
pub(crate) fn resources_of(answer: &Answer) -> Vec<&Value> {
    if !(200..300).contains(&answer.status) || !answer.json.is_object() {
        return Vec::new();
    }
    if answer.json["totalResults"].is_null() && answer.json["Resources"].is_null() {
        let is_message = schemas_of(&answer.json).any(|urn| urn.contains(":api:messages:"));
        return if is_message { Vec::new() } else { vec![&answer.json] };
    }
    answer.resources().iter().collect()
}

/// First complaint about any resource, or nothing when there is none to look at.
fn each_resource(answer: &Answer, holds: impl Fn(&Value) -> Result<(), String>) -> Option<Result<(), String>> {
    let resources = resources_of(answer);
    if resources.is_empty() {
        return None;
    }
    Some(resources.into_iter().try_for_each(holds))
}

fn schemas_of(value: &Value) -> impl Iterator<Item = &str> {
    value["schemas"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn errors_are_scim_errors(request: &Request, answer: &Answer) -> Option<Result<(), String>> {
    if answer.status < 400 || request.method == "HEAD" {
        return None;
    }
    let body = &answer.json;
    let detail = &body["detail"];
    Some(if !schemas_of(body).eq([ERROR_URN]) {
        Err(format!("status {} without the Error schema", answer.status))
    } else if body["status"].as_str() != Some(answer.status.to_string().as_str()) {
        Err(format!(
            "status is {} in a body of HTTP {}",
            body["status"], answer.status
        ))
    } else if !detail.is_null() && !detail.is_string() {
        Err(format!("detail is {detail}"))
    } else {
        Ok(())
    })
}

fn no_server_error(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    Some(match answer.status {
        status if status < 500 || status == 501 => Ok(()),
        status => Err(format!("status {status}")),
    })
}

fn scim_media_type(request: &Request, answer: &Answer) -> Option<Result<(), String>> {
    if answer.text.is_empty() || request.header_value("accept").is_some_and(|accept| accept != SCIM_JSON) {
        return None;
    }
    let content_type = answer.headers.get("content-type").map_or("", String::as_str);
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    Some(
        match media_type.eq_ignore_ascii_case(SCIM_JSON) && answer.json.is_object() {
            true => Ok(()),
            false => Err(format!("body of type `{content_type}` where {SCIM_JSON} was asked for")),
        },
    )
}

fn schemas_without_duplicates(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    each_resource(answer, |resource| {
        let mut urns: Vec<_> = schemas_of(resource).map(str::to_lowercase).collect();
        let count = urns.len();
        urns.sort();
        urns.dedup();
        match count > 0 && urns.len() == count {
            true => Ok(()),
            false => Err(format!("schemas is {}", resource["schemas"])),
        }
    })
}

fn registered_message_urns(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    const REGISTERED: [&str; 6] = [
        "ListResponse",
        "SearchRequest",
        "PatchOp",
        "BulkRequest",
        "BulkResponse",
        "Error",
    ];
    let mut messages = schemas_of(&answer.json).filter(|urn| urn.contains(":api:")).peekable();
    messages.peek()?;
    Some(messages.try_for_each(|urn| {
        let name = urn.strip_prefix("urn:ietf:params:scim:api:messages:2.0:");
        match name.is_some_and(|name| REGISTERED.contains(&name)) {
            true => Ok(()),
            false => Err(format!("`{urn}` is not registered")),
        }
    }))
}

fn an_id_that_is_not_bulk_id(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    each_resource(answer, |resource| {
        let kind = resource["meta"]["resourceType"].as_str().unwrap_or_default();
        let bare = schemas_of(resource).any(|urn| urn.ends_with(":ServiceProviderConfig"));
        let optional = bare || kind == "ResourceType" || resource["endpoint"].is_string();
        match resource["id"].as_str() {
            Some(id) if !id.is_empty() && !id.contains("bulkId") => Ok(()),
            None if optional => Ok(()),
            _ => Err(format!("id is {}", resource["id"])),
        }
    })
}

fn list_shape(request: &Request, answer: &Answer) -> Option<Result<(), String>> {
    let body = &answer.json;
    if answer.status != 200 || body["totalResults"].is_null() {
        return None;
    }
    let with_cursor = request.mentions("cursor");
    let listed = answer.resources().len();
    Some(if !schemas_of(body).any(|urn| urn == LIST_URN) {
        Err("a list without the ListResponse schema".to_owned())
    } else if !body["totalResults"].is_u64() {
        Err(format!("totalResults is {}", body["totalResults"]))
    } else if body["itemsPerPage"].as_u64() != u64::try_from(listed).ok() {
        Err(format!(
            "itemsPerPage is {} with {listed} resources",
            body["itemsPerPage"]
        ))
    } else if !body["startIndex"].is_u64() && !with_cursor {
        Err(format!("startIndex is {}", body["startIndex"]))
    } else {
        Ok(())
    })
}

fn meta_of_its_types(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    let metas = each_resource(answer, |resource| {
        let meta = &resource["meta"];
        for name in ["created", "lastModified"] {
            if !meta[name].is_null() && !meta[name].as_str().is_some_and(is_date_time) {
                return Err(format!("meta.{name} is {}", meta[name]));
            }
        }
        let location = &meta["location"];
        let is_plain_uri = |text: &str| is_uri_reference(text) && !text.contains('?');
        match location.is_null() || location.as_str().is_some_and(is_plain_uri) {
            true => Ok(()),
            false => Err(format!("meta.location is {location}")),
        }
    })?;
    Some(metas.and_then(|()| content_location_agrees(answer)))
}

/// The header need not be sent; when it is, it must agree (RFC 7643 section 3.1).
fn content_location_agrees(answer: &Answer) -> Result<(), String> {
    let location = answer.json["meta"]["location"].as_str();
    match (answer.headers.get("content-location"), location) {
        (Some(header), Some(location)) if header != location => {
            Err(format!("Content-Location {header}, meta.location {location}"))
        }
        _ => Ok(()),
    }
}

fn etag_is_meta_version(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    let header = answer.headers.get("etag")?;
    let version = answer.json["meta"]["version"].as_str()?;
    let quoted = header.strip_prefix("W/").unwrap_or(header);
    let is_tag = quoted.len() > 1 && quoted.starts_with('"') && quoted.ends_with('"');
    Some(match header == version && is_tag {
        true => Ok(()),
        false => Err(format!("ETag {header}, meta.version {version}")),
    })
}

fn password_is_never_returned(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    each_resource(answer, |resource| {
        let keys = resource.as_object().into_iter().flatten();
        match keys.into_iter().any(|(key, _)| key.eq_ignore_ascii_case("password")) {
            true => Err("a password came back".to_owned()),
            false => Ok(()),
        }
    })
}

fn one_primary_at_most(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    each_multi_valued(answer, |name, values| {
        match values.iter().filter(|value| value["primary"] == true).count() > 1 {
            true => Err(format!("{name} has more than one primary value")),
            false => Ok(()),
        }
    })
}

fn no_type_value_pair_twice(_: &Request, answer: &Answer) -> Option<Result<(), String>> {
    each_multi_valued(answer, |name, values| {
        let pairs = values.iter().filter(|value| !value["value"].is_null());
        let mut pairs: Vec<_> = pairs
            .map(|value| format!("{} {}", value["type"], value["value"]))
            .collect();
        let count = pairs.len();
        pairs.sort();
        pairs.dedup();
        match pairs.len() == count {
            true => Ok(()),
            false => Err(format!("{name} holds a value twice")),
        }
    })
}

fn each_multi_valued(
    answer: &Answer,
    holds: impl Fn(&str, &[Value]) -> Result<(), String>,
) -> Option<Result<(), String>> {
    each_resource(answer, |resource| {
        let attributes = resource.as_object().into_iter().flatten();
        attributes
            .filter_map(|(name, value)| Some((name, value.as_array()?)))
            .try_for_each(|(name, values)| holds(name, values))
    })
}
