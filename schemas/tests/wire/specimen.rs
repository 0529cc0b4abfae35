//! A value of a wire type with the name of its fixture, and what every fixture is put through.

use std::path::PathBuf;

use colloque_schemas::codec::{self, Malformed};
use minicbor::{Decode, Encode};

/// A type that crosses the wire on its own, or is carried whole inside something encrypted or signed.
pub(crate) trait Wire: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + 'static {
    /// Its rule in `colloque.cddl`; fixtures start with it.
    const RULE: &'static str;
    /// What its reader allows, in bytes.
    const LIMIT_BYTES: usize;
}

/// Whether bytes read as a certain value.
type Comparison = dyn Fn(&[u8]) -> Result<bool, Malformed>;

/// A good value of some wire type.
pub(crate) struct Specimen {
    /// Name of its fixture, without folder and ending.
    pub(crate) name: String,
    /// The CDDL rule of its type.
    pub(crate) rule: &'static str,
    /// As [`codec::encode`] writes it.
    pub(crate) bytes: Vec<u8>,
    /// Reads bytes as the specimen's type and writes them again.
    pub(crate) reencode: fn(&[u8]) -> Result<Vec<u8>, Malformed>,
    is_value_of: Box<Comparison>,
}

impl Specimen {
    pub(crate) fn new<T: Wire>(name: &str, value: T) -> Self {
        let name = if name.is_empty() { T::RULE.to_owned() } else { format!("{}-{name}", T::RULE) };
        let bytes = codec::encode(&value);
        let is_value_of = move |bytes: &[u8]| Ok(codec::decode::<T>(bytes, T::LIMIT_BYTES)? == value);
        Self { name, rule: T::RULE, bytes, reencode: reencode::<T>, is_value_of: Box::new(is_value_of) }
    }

    /// Whether the bytes read as the specimen's value; an error if they do not read at all.
    pub(crate) fn is_value_of(&self, bytes: &[u8]) -> Result<bool, Malformed> {
        (self.is_value_of)(bytes)
    }
}

pub(crate) fn reencode<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    codec::decode::<T>(bytes, T::LIMIT_BYTES).map(|value| codec::encode(&value))
}

/// Lists values of an enumeration, or of a type that holds some: the pattern, the fixture's name, the value.
///
/// A variant without a row does not compile, and a row whose value is of another variant fails.
macro_rules! variants {
    ($type:ty: $($pattern:pat => $name:literal = $value:expr,)+) => {{
        fn name_of(value: &$type) -> &'static str {
            match value { $($pattern => $name,)+ }
        }
        let rows: Vec<(&'static str, $type)> = vec![$(($name, $value),)+];
        for (name, value) in &rows {
            assert_eq!(name_of(value), *name, "the value of this row is of another variant");
        }
        rows
    }};
}
pub(crate) use variants;

/// Where the fixtures are.
pub(crate) fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(kind)
}

/// Checks that a folder holds exactly these files with these contents; with `COLLOQUE_BLESS=1`, makes it so first.
pub(crate) fn assert_folder_holds(kind: &str, files: &[(String, String)]) {
    let folder = folder(kind);
    if std::env::var_os("COLLOQUE_BLESS").is_some_and(|value| value == "1") {
        for entry in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, content) in files {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
    let listed = std::fs::read_dir(&folder).unwrap();
    let mut found: Vec<String> =
        listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "the files of fixtures/{kind}");
    for (name, content) in files {
        let stored = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(stored == *content, "fixtures/{kind}/{name} is\n{stored}but should be\n{content}");
    }
}

/// One line of hexadecimal digits.
pub(crate) fn hex_line(bytes: &[u8]) -> String {
    let mut line = data_encoding::HEXLOWER.encode(bytes);
    line.push('\n');
    line
}
