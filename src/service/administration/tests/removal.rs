//! What goes with a directory or a target that is removed, and what must have gone before.
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::super::fixture::{declared, desk};
use super::super::{Apply, Error, Verdict};
use super::declarations::told;
use super::links::{at, mark};
use crate::auth::{Denied, NewToken};
use crate::store::{
    Access, Batch, LinkChange, Problem, ProblemKind, Resource, ResourceId, ResourceKey, Scope, SettingKind, Store,
    Write,
};

#[tokio::test]
async fn a_directory_goes_with_its_tokens_and_not_with_its_people() {
    let desk = desk();
    let administration = &desk.administration;
    let none = declared(&[], &[]);
    let remove = Apply {
        remove: true,
        confirm: false,
    };
    administration
        .apply(&declared(&["acme", "b"], &[]), remove)
        .await
        .unwrap();
    let token = administration.create_token("acme", NewToken::default()).await.unwrap();
    let other = administration.create_token("b", NewToken::default()).await.unwrap();
    let absent = administration.create_token("c", NewToken::default()).await;
    assert!(matches!(absent, Err(Error::NoDirectory(name)) if name == "c"));

    let key = ResourceKey {
        scope: Scope {
            directory: desk.registry.directory("acme").unwrap().id,
            resource_type: "Group".into(),
        },
        id: ResourceId(Uuid::from_u128(1)),
    };
    let write = |write| Batch {
        expect: Vec::new(),
        writes: vec![write],
    };
    desk.store
        .commit(write(Write::PutResource(resource(&key))))
        .await
        .unwrap();
    let refused = administration.apply(&declared(&["b"], &[]), remove).await;
    assert_eq!(
        told(&refused),
        "the directory `acme` still holds 1 Groups: delete them first"
    );
    assert!(
        administration
            .tokens()
            .authenticate(token.secret.expose_secret())
            .await
            .is_ok()
    );

    desk.store.commit(write(Write::DeleteResource(key))).await.unwrap();
    administration.apply(&declared(&["b"], &[]), remove).await.unwrap();
    administration
        .apply(&declared(&["acme", "b"], &[]), remove)
        .await
        .unwrap();
    let old = administration.tokens().authenticate(token.secret.expose_secret()).await;
    assert!(
        matches!(old, Err(Denied::Invalid)),
        "a directory made anew knows nothing of the old one"
    );
    let listed = administration.list_tokens().await.unwrap();
    assert_eq!(listed.iter().map(|token| &token.id).collect::<Vec<_>>(), [&other.id]);
    assert_eq!(
        told(&administration.apply(&none, Apply::default()).await),
        "?d acme, ?d b"
    );
}

fn resource(key: &ResourceKey) -> Resource {
    Resource {
        key: key.clone(),
        version: 1,
        created: at(),
        modified: at(),
        body: b"{}".to_vec(),
        splices: Vec::new(),
        index: Vec::new(),
        origins: Vec::new(),
    }
}

/// Somebody left while the vendor was down: their access must not stay because the target is removed.
#[tokio::test]
async fn a_target_goes_once_it_has_delivered_everything() {
    let desk = desk();
    let administration = &desk.administration;
    let both = declared(&["acme"], &[("pd", "acme", "secret")]);
    administration.apply(&both, Apply::default()).await.unwrap();
    let link = mark(&desk, 1, (Access::Taken, None)).await;
    let held = LinkChange::Park {
        problem: Problem {
            kind: ProblemKind::Held,
            field: None,
            reason: "guard".to_owned(),
            since: at(),
        },
        due: None,
        seen: 1,
    };
    mark(&desk, 2, (Access::Taken, Some(held))).await;
    let remove = |confirm| Apply { remove: true, confirm };
    let refused = administration.apply(&declared(&["acme"], &[]), remove(false)).await;
    let Err(Error::Refused(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        faults[0].starts_with("the target `pd` has not delivered everything (1 pending, 0 parked, 1 held, 0 withheld; 2 of these are leaving)"),
        "{faults:?}"
    );
    let kept = administration.apply(&both, remove(false)).await.unwrap();
    assert!(
        kept.iter().all(|change| change.verdict == Verdict::Unchanged),
        "{kept:?}"
    );
    let removed = administration
        .apply(&declared(&["acme"], &[]), remove(true))
        .await
        .unwrap();
    assert!(
        removed.iter().any(|change| change.verdict == Verdict::Removed),
        "{removed:?}"
    );
    assert_eq!(desk.store.link(&link).await.unwrap(), None, "nothing of it stays");
    let others = desk.store.settings(SettingKind::Other).await.unwrap();
    assert_eq!(others, []);
}

/// A request that began before its directory went creates nothing in it.
#[tokio::test]
async fn nothing_is_created_in_a_directory_that_is_gone() {
    let desk = desk();
    let remove = Apply {
        remove: true,
        confirm: false,
    };
    desk.administration
        .apply(&declared(&["acme"], &[]), remove)
        .await
        .unwrap();
    let id = desk.registry.directory("acme").unwrap().id;
    let trace = crate::service::plan::removed_directory(id);
    assert_eq!(desk.store.setting(SettingKind::Other, &trace).await.unwrap(), None);
    desk.administration.apply(&declared(&[], &[]), remove).await.unwrap();
    assert!(desk.store.setting(SettingKind::Other, &trace).await.unwrap().is_some());
}
