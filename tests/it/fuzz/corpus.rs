//! Examples that are kept, in `fuzz/corpus/`: for each entry a folder, in which every file is one. What stands in a
//! file whose name begins with `right` is understood; the others are wrong in the way that their names say.
use std::fs;
use std::path::Path;

/// An example.
pub(super) struct Example {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Example {
    pub(super) fn is_right(&self) -> bool {
        self.name.starts_with("right")
    }
}

/// The examples of an entry, in order of names.
pub(super) fn of(entry: &str) -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(entry);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut examples: Vec<_> = files
        .map(|file| {
            let file = file.expect("the tree is readable");
            Example {
                name: file.file_name().into_string().expect("a name"),
                bytes: fs::read(file.path()).expect("the tree is readable"),
            }
        })
        .collect();
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    examples
}
