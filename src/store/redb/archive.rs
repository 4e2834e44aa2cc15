//! The form of a backup: a head, the rows of every table as they are stored, how many there are, and a SHA-256 of it
//! all.
use std::io::{self, BufReader, Read, Seek, Write};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use jiff::Timestamp;

/// How a backup begins; the last byte before the line's end is the version of this form.
const MAGIC: &[u8; 16] = b"usherd backup 1\n";

/// So many of these bytes are the same in each version.
const MAGIC_WORD: usize = 14;

/// What follows in the file.
const END: u8 = 0;
const TABLE: u8 = 1;
const ROW: u8 = 2;

/// Rows that are handed out together have about this many bytes: they are written in one transaction.
const CHUNK_BYTES: usize = 8 << 20;

/// Read at a time while the checksum is computed.
const READ_BYTES: usize = 1 << 20;

/// What is known of a backup before its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The format of the store that it was taken of.
    pub(super) format: u64,
    /// When.
    pub(super) taken: Timestamp,
}

/// Whether this is how a backup of any version begins.
pub(super) fn is_backup(mut from: impl Read) -> io::Result<bool> {
    let (word, _) = MAGIC.split_at(MAGIC_WORD);
    let mut begins = Vec::with_capacity(word.len());
    from.by_ref().take(word.len() as u64).read_to_end(&mut begins)?;
    Ok(begins == word)
}

/// Writes a backup.
pub(super) struct Writer<W> {
    into: W,
    digest: Context,
    rows: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(into: W, head: Head) -> io::Result<Self> {
        let digest = Context::new(&SHA256);
        let mut writer = Self { into, digest, rows: 0 };
        writer.put(MAGIC)?;
        writer.put(&head.format.to_le_bytes())?;
        writer.put(&head.taken.as_second().to_le_bytes())?;
        Ok(writer)
    }

    pub(super) fn table(&mut self, name: &str) -> io::Result<()> {
        self.put(&[TABLE])?;
        self.text(name.as_bytes())
    }

    pub(super) fn row(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.rows += 1;
        self.put(&[ROW])?;
        self.text(key)?;
        self.text(value)
    }

    /// Ends the backup, and says how many rows are in it.
    pub(super) fn end(mut self) -> io::Result<(W, u64)> {
        self.put(&[END])?;
        self.put(&self.rows.to_le_bytes())?;
        let sum = self.digest.finish();
        self.into.write_all(sum.as_ref())?;
        self.into.flush()?;
        Ok((self.into, self.rows))
    }

    fn text(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.put(&length.to_le_bytes())?;
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.into.write_all(bytes)
    }
}

/// Why a backup is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("{0}")]
    Damaged(&'static str),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Rows of one table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) table: String,
    pub(super) rows: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Reads a backup whose checksum is right.
pub(super) struct Reader<R> {
    from: BufReader<R>,
    head: Head,
    table: String,
    rows: u64,
    ended: bool,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads all of it once, for the checksum, and begins anew.
    pub(super) fn open(mut from: R) -> Result<Self, Unreadable> {
        check(&mut from)?;
        from.rewind()?;
        let mut from = BufReader::new(from);
        let magic: [u8; MAGIC.len()] = array(&mut from)?;
        if magic != *MAGIC {
            return Err(Unreadable::Damaged("it is no backup, or one of a later version"));
        }
        let format = u64::from_le_bytes(array(&mut from)?);
        let taken = i64::from_le_bytes(array(&mut from)?);
        let taken = Timestamp::from_second(taken).map_err(|_| Unreadable::Damaged("its time is none"))?;
        Ok(Self {
            from,
            head: Head { format, taken },
            table: String::new(),
            rows: 0,
            ended: false,
        })
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// The next rows; `None` after the last ones.
    pub(super) fn chunk(&mut self) -> Result<Option<Chunk>, Unreadable> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while !self.ended && bytes < CHUNK_BYTES {
            let [tag] = array(&mut self.from)?;
            match tag {
                ROW => {
                    let row = (self.text()?, self.text()?);
                    bytes += row.0.len() + row.1.len();
                    rows.push(row);
                }
                TABLE => {
                    let name = self.text()?;
                    let name = String::from_utf8(name).map_err(|_| Unreadable::Damaged("a table has no name"))?;
                    let table = std::mem::replace(&mut self.table, name);
                    if !rows.is_empty() {
                        return Ok(Some(self.counted(table, rows)));
                    }
                }
                END => self.ended = true,
                _ => return Err(Unreadable::Damaged("something unknown is in it")),
            }
        }
        if !rows.is_empty() {
            return Ok(Some(self.counted(self.table.clone(), rows)));
        }
        match u64::from_le_bytes(array(&mut self.from)?) == self.rows {
            true => Ok(None),
            false => Err(Unreadable::Damaged("rows are missing in it")),
        }
    }

    fn counted(&mut self, table: String, rows: Vec<(Vec<u8>, Vec<u8>)>) -> Chunk {
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Chunk { table, rows }
    }

    fn text(&mut self) -> io::Result<Vec<u8>> {
        let length = u32::from_le_bytes(array(&mut self.from)?);
        let mut bytes = Vec::new();
        let read = (&mut self.from).take(length.into()).read_to_end(&mut bytes)?;
        match u32::try_from(read) == Ok(length) {
            true => Ok(bytes),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Compares the checksum at the end with all before it.
fn check(from: &mut (impl Read + Seek)) -> Result<(), Unreadable> {
    let length = from.seek(io::SeekFrom::End(0))?;
    let sum_bytes = u64::try_from(SHA256_OUTPUT_LEN).unwrap_or_default();
    let Some(mut left) = length.checked_sub(sum_bytes) else {
        return Err(Unreadable::Damaged("it is too short"));
    };
    from.rewind()?;
    let (mut digest, mut buffer) = (Context::new(&SHA256), vec![0; READ_BYTES]);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..most).unwrap_or_default();
        from.read_exact(part)?;
        digest.update(part);
        left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    }
    let sum: [u8; SHA256_OUTPUT_LEN] = array(from)?;
    match digest.finish().as_ref() == sum {
        true => Ok(()),
        false => Err(Unreadable::Damaged(
            "its checksum does not fit: it was cut off or changed, or is no backup",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const HEAD: Head = Head {
        format: 7,
        taken: Timestamp::UNIX_EPOCH,
    };

    fn written() -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), HEAD).unwrap();
        writer.table("empty").unwrap();
        writer.table("full").unwrap();
        writer.row(b"one", b"1").unwrap();
        writer.row(b"two", b"").unwrap();
        writer.table("large").unwrap();
        for key in 0..3_u8 {
            writer.row(&[key], &vec![key; CHUNK_BYTES / 2]).unwrap();
        }
        writer.end().unwrap().0
    }

    #[test]
    fn what_was_written_is_read() {
        let mut reader = Reader::open(Cursor::new(written())).unwrap();
        assert_eq!(reader.head(), HEAD);
        let mut chunks = Vec::new();
        while let Some(chunk) = reader.chunk().unwrap() {
            chunks.push((chunk.table, chunk.rows.len()));
        }
        assert_eq!(
            chunks,
            [("full".to_owned(), 2), ("large".to_owned(), 2), ("large".to_owned(), 1)]
        );
    }

    #[test]
    fn a_changed_or_cut_one_is_refused() {
        let mut writer = Writer::begin(Vec::new(), HEAD).unwrap();
        writer.table("full").unwrap();
        writer.row(b"one", b"1").unwrap();
        let (whole, rows) = writer.end().unwrap();
        assert_eq!(rows, 1);
        Reader::open(Cursor::new(whole.clone())).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Reader::open(Cursor::new(changed)).is_err(), "bit {bit}");
        }
        for length in 0..whole.len() {
            assert!(
                Reader::open(Cursor::new(whole[..length].to_vec())).is_err(),
                "cut at {length}"
            );
        }
    }
}
