use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;

#[test]
fn a_state_that_unpacks_to_too_much_is_refused() {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in
        [("tfplan", "x".to_owned()), ("tfstate", format!("{{\"lineage\":\"{}\"}}", "x".repeat(9_000)))]
    {
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    let mut bytes = out.finish().unwrap().into_inner();
    assert_eq!(look(&bytes, 10_000).unwrap().lineage.len(), 9_000);
    let refused = Err(ReadError::PlanFileTooLarge { part: "tfstate", limit: 8_000 });
    assert_eq!(look(&bytes, 8_000), refused);
    // A directory that lies about the size helps nobody: what is unpacked is counted.
    let entry = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    bytes[entry + 24..entry + 28].copy_from_slice(&100_u32.to_le_bytes());
    assert_eq!(look(&bytes, 8_000), refused);
}
