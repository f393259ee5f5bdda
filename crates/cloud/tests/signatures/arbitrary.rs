//! Whatever the bytes: an answer, and never a panic.

use holdpoint_cloud::verify::{self, Body, Request};
use proptest::prelude::*;

use crate::signer::{NOW, SECRET, form};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_read_or_refused(
        method in "\\PC{0,6}",
        path in "\\PC{0,40}",
        query in "(X-Amz-[a-zA-Z0-9]{0,13}=|[\\PC&=%]{0,10}){0,8}",
        headers in prop::collection::vec(("(authorization|x-amz-date|host|\\PC{0,10})", "\\PC{0,60}"), 0..6),
    ) {
        let request = Request { method: &method, path: &path, query: &query, headers: &headers };
        if let Ok(claim) = verify::read(&request) {
            prop_assert!(claim.verify(SECRET, NOW, Body::Whole(b"")).is_err());
        }
    }

    /// One changed character anywhere in what is signed, or in the signature.
    #[test]
    fn one_changed_character_is_noticed(which in 0..4_usize, at in any::<prop::sample::Index>(), by in 1..95_u8) {
        let mut sent = form();
        let text = match which {
            0 => &mut sent.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap().1,
            1 => &mut sent.headers.iter_mut().find(|(name, _)| name == "content-type").unwrap().1,
            2 => &mut sent.headers.iter_mut().find(|(name, _)| name == "x-amz-date").unwrap().1,
            _ => &mut sent.headers.iter_mut().find(|(name, _)| name == "host").unwrap().1,
        };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = b' ' + (bytes[at] - b' ' + by) % 95;
        let changed = String::from_utf8(bytes).unwrap();
        // Spaces around fields and values are no part of what is signed.
        prop_assume!(changed.replace(' ', "") != text.replace(' ', ""));
        *text = changed;
        prop_assert!(sent.verify(NOW).is_err(), "{sent:?}");
    }
}
