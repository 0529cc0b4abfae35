//! Closed lists of reasons: a number on the wire, an id for people and documents, and a sentence, all in one place.

macro_rules! closed_list {
    (
        $(#[doc = $list_doc:literal])+
        $list:ident:
        $($(#[doc = $doc:literal])+ $name:ident = $number:literal, $id:literal;)+
    ) => {
        $(#[doc = $list_doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, minicbor::Encode, minicbor::Decode)]
        #[cbor(index_only)]
        pub enum $list {
            $($(#[doc = $doc])+ #[n($number)] $name,)+
        }

        impl $list {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The id that documents, refusals, logs and tests use.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The sentence that says what it means.
            pub const fn statement(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

pub(crate) use closed_list;
