//! Pages of resources that can be read, whatever is damaged among them.
use super::{Error, From, Resource, ResourceId, ResourceKey, Scope, Store};

/// A page of what a directory has, as far as it can be read.
pub(crate) struct SoundPage {
    /// In order of their ids.
    pub(crate) resources: Vec<Resource>,
    /// Those whose records are damaged.
    pub(crate) damaged: Vec<ResourceId>,
    /// The last id of the page, damaged or not.
    pub(crate) last: Option<ResourceId>,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// The page of so many resources after this id.
///
/// # Errors
/// The store's, but for damaged resources.
pub(crate) async fn sound_page(
    store: &dyn Store,
    scope: &Scope,
    after: Option<ResourceId>,
    limit: usize,
) -> Result<SoundPage, Error> {
    let from = after.map_or(From::Skip(0), From::After);
    match store.page(scope, from, limit).await {
        Ok(resources) => Ok(SoundPage {
            last: resources.last().map(|resource| resource.key.id),
            is_last: resources.len() < limit,
            resources,
            damaged: Vec::new(),
        }),
        Err(Error::Damaged(_)) => one_by_one(store, scope, after, limit).await,
        Err(error) => Err(error),
    }
}

async fn one_by_one(
    store: &dyn Store,
    scope: &Scope,
    after: Option<ResourceId>,
    limit: usize,
) -> Result<SoundPage, Error> {
    let ids = store.ids(scope, after, limit).await?;
    let (mut resources, mut damaged) = (Vec::new(), Vec::new());
    for id in &ids {
        let (scope, id) = (scope.clone(), *id);
        match store.resource(&ResourceKey { scope, id }).await {
            Ok(found) => resources.extend(found),
            Err(Error::Damaged(_)) => damaged.push(id),
            Err(error) => return Err(error),
        }
    }
    Ok(SoundPage {
        last: ids.last().copied(),
        is_last: ids.len() < limit,
        resources,
        damaged,
    })
}
