//! Order statistics: how many resources stand before an id, without visiting them.
//!
//! The ids of a scope are cut into blocks of consecutive ids, and blocks again into blocks of blocks. A block is named
//! by the first id that belongs to it (the first block of each level by zeros, so that every id belongs to one) and
//! reaches to the next one. The first of a block's children has the block's own name.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codec;
use super::keys::{self, Key};
use super::read::Row;
use super::tables::{Rows, Tables, Writing};
use crate::store::Error;

/// Children that a block of each level has at most: ids, then blocks of ids. A skip visits about this many rows of each
/// level, and one row of the last level for every 16,384 resources: 61 for a million. Tests have blocks so small that
/// every way of cutting them happens.
const CHILDREN_MAX: [u32; 2] = if cfg!(test) { [8, 4] } else { [256, 64] };

/// The levels, from the coarsest.
pub(super) const LEVELS: [u8; 2] = [1, 0];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) resources: u64,
    children: u32,
}

/// A level's blocks of one scope.
#[derive(Clone, Copy)]
struct Level<'s> {
    scope: &'s Key,
    number: u8,
}

impl Level<'_> {
    fn prefix(self) -> Key {
        self.scope.clone().byte(self.number)
    }

    fn children_max(self) -> u32 {
        CHILDREN_MAX.get(usize::from(self.number)).copied().unwrap_or(u32::MAX)
    }

    fn below(self) -> Option<Self> {
        Some(Self {
            number: self.number.checked_sub(1)?,
            ..self
        })
    }

    fn above(self) -> Option<Self> {
        let number = self.number + 1;
        (usize::from(number) < CHILDREN_MAX.len()).then_some(Self { number, ..self })
    }
}

impl<T: Rows> Tables<T> {
    /// The key of the resource after which `skip` more are left out, and how many: to be walked from there.
    pub(super) fn skip(&self, scope: &Key, skip: u64) -> Result<Option<(Key, u64)>, Error> {
        let mut left = skip;
        let mut first = Uuid::nil();
        for number in LEVELS {
            let Some(found) = self.block_with(Level { scope, number }, first, &mut left)? else {
                return Ok(None);
            };
            first = found;
        }
        Ok(Some((scope.clone().id(first), left)))
    }

    /// The block, from `first` on, in which the resource after `left` others is; `left` is lessened by those before it.
    fn block_with(&self, level: Level<'_>, first: Uuid, left: &mut u64) -> Result<Option<Uuid>, Error> {
        let prefix = level.prefix();
        for row in self.blocks.range::<&[u8]>(prefix.clone().id(first).bytes()..)? {
            let (key, record) = row?;
            if !key.value().starts_with(prefix.bytes()) {
                return Ok(None);
            }
            let block: Block = codec::unseal("block", key.value(), record.value())?;
            if *left < block.resources {
                return Ok(Some(keys::last_id(key.value())));
            }
            *left -= block.resources;
        }
        Ok(None)
    }

    /// The block to which an id belongs, and its first id.
    fn block_of(&self, level: Level<'_>, id: Uuid) -> Result<Option<(Uuid, Block)>, Error> {
        let Some((key, record)) = self.block_row(level, id)? else {
            return Ok(None);
        };
        let block = codec::unseal("block", key.value(), record.value())?;
        Ok(Some((keys::last_id(key.value()), block)))
    }

    fn block_row(&self, level: Level<'_>, id: Uuid) -> Result<Option<Row<'_>>, Error> {
        let (start, end) = (level.prefix(), level.prefix().id(id));
        let last = self.blocks.range::<&[u8]>(start.bytes()..=end.bytes())?.next_back();
        Ok(last.transpose()?)
    }

    /// First ids and numbers of resources of the children of a block: of blocks, or of resources, each one.
    fn children(&self, level: Level<'_>, first: Uuid, count: u32) -> Result<Vec<(Uuid, u64)>, Error> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Some(below) = level.below() else {
            let start = level.scope.clone().id(first);
            let rows = self.resources.range::<&[u8]>(start.bytes()..)?.take(count);
            return rows.map(|row| Ok((keys::last_id(row?.0.value()), 1))).collect();
        };
        let start = below.prefix().id(first);
        let rows = self.blocks.range::<&[u8]>(start.bytes()..)?.take(count);
        let child = |row: Result<Row<'_>, redb::StorageError>| {
            let (key, record) = row?;
            let block: Block = codec::unseal("block", key.value(), record.value())?;
            Ok((keys::last_id(key.value()), block.resources))
        };
        rows.map(child).collect()
    }

    /// The key of the block of a level to which an id belongs.
    pub(super) fn block_named(&self, scope: &Key, number: u8, id: Uuid) -> Result<Option<Key>, Error> {
        let row = self.block_row(Level { scope, number }, id)?;
        Ok(row.map(|(key, _)| Key::stored(key.value())))
    }
}

impl Writing<'_> {
    /// Counts a resource that is now in the table.
    pub(super) fn block_added(&mut self, scope: &Key, id: Uuid) -> Result<(), Error> {
        let mut level = Some(Level { scope, number: 0 });
        let mut children = 1;
        while let Some(here) = level {
            children = self.grow(here, id, children)?;
            level = here.above();
        }
        Ok(())
    }

    /// Counts a resource, and says how many blocks of this level came into being.
    fn grow(&mut self, level: Level<'_>, id: Uuid, children: u32) -> Result<u32, Error> {
        let found = self.block_of(level, id)?;
        let (first, mut block) = found.unwrap_or_default();
        block.resources += 1;
        block.children += children;
        let made = u32::from(found.is_none());
        if block.children <= level.children_max() {
            self.put_block(level, first, block)?;
            return Ok(made);
        }
        self.split(level, first, block)?;
        Ok(made + 1)
    }

    /// Cuts a block in two: in the middle, but before its last child if that is the new one, since ids mostly come in
    /// ascending order and full blocks are fewer.
    fn split(&mut self, level: Level<'_>, first: Uuid, block: Block) -> Result<(), Error> {
        let children = self.children(level, first, block.children)?;
        let last = self.block_of(level, Uuid::max())?.is_none_or(|(last, _)| last <= first);
        let at = if last {
            children.len().saturating_sub(1)
        } else {
            children.len() / 2
        };
        let (left, right) = children.split_at(at);
        let Some((second, _)) = right.first() else {
            return Err(codec::damaged("block", level.prefix().id(first).bytes()));
        };
        self.put_block(level, first, of_children(left))?;
        self.put_block(level, *second, of_children(right))
    }

    /// No longer counts a resource. A block goes with its last resource, unless its parent has others and is named
    /// after it.
    pub(super) fn block_removed(&mut self, scope: &Key, id: Uuid) -> Result<(), Error> {
        let [low, high] = [0, 1].map(|number| Level { scope, number });
        let (first, mut block) = self.counted(low, id)?;
        let (name, mut parent) = self.counted(high, id)?;
        block = Block {
            resources: block.resources - 1,
            children: block.children - 1,
        };
        parent.resources -= 1;
        if block.resources > 0 || (first == name && parent.resources > 0) {
            self.put_block(low, first, block)?;
        } else {
            self.blocks.remove(low.prefix().id(first).bytes())?;
            parent.children -= 1;
        }
        if parent.resources > 0 {
            return self.put_block(high, name, parent);
        }
        self.blocks.remove(low.prefix().id(name).bytes())?;
        self.blocks.remove(high.prefix().id(name).bytes())?;
        Ok(())
    }

    /// The block in which an id was counted.
    fn counted(&self, level: Level<'_>, id: Uuid) -> Result<(Uuid, Block), Error> {
        let found = self.block_of(level, id)?;
        let counted = found.filter(|(_, block)| block.resources > 0 && block.children > 0);
        counted.ok_or_else(|| codec::damaged("block", level.prefix().id(id).bytes()))
    }

    fn put_block(&mut self, level: Level<'_>, first: Uuid, block: Block) -> Result<(), Error> {
        let key = level.prefix().id(first);
        let record = codec::seal(key.bytes(), &block)?;
        self.blocks.insert(key.bytes(), record.as_slice())?;
        Ok(())
    }
}

fn of_children(children: &[(Uuid, u64)]) -> Block {
    Block {
        resources: children.iter().map(|(_, resources)| resources).sum(),
        children: u32::try_from(children.len()).unwrap_or(u32::MAX),
    }
}
