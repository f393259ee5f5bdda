use holdpoint_core::Grant;

fn conjure(text: &str) -> Grant {
    serde_json::from_str(text).unwrap()
}

fn main() {}
