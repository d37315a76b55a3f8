//! What is known about each setting besides its type: its doc comment and its range.

/// One setting as the generated texts and the range check need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its name within its section.
    pub(crate) name: &'static str,
    /// The lines of its doc comment, each with the space that follows `///`.
    pub(crate) docs: &'static [&'static str],
    /// Smallest and largest allowed figure.
    pub(crate) range: Option<(u32, u32)>,
}

/// Declares one section of the configuration: the struct, its defaults, and its [`Field`]s, so that a setting's
/// type, default, range and documentation stand in one place and cannot drift apart.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $ty:ty = $default:expr $(; $min:literal ..= $max:literal)? ,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(clippy::doc_markdown, clippy::doc_link_with_quotes, reason = "these comments are also plain text")]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $ty, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl $name {
            /// Documentation and ranges, in order.
            pub(crate) const FIELDS: &'static [$crate::config::fields::Field] = &[
                $( $crate::config::fields::Field {
                    name: stringify!($field),
                    docs: &[$($doc),+],
                    range: $crate::config::fields::range!($($min, $max)?),
                }, )+
            ];
        }
    };
}

/// `Some((min, max))`, or `None` where a setting has no range.
macro_rules! range {
    () => {
        None
    };
    ($min:literal, $max:literal) => {
        Some(($min, $max))
    };
}

pub(crate) use {range, section};
