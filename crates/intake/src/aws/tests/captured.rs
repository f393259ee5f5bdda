//! Every captured request is recognised as what it is, or refused where it is to be.

use std::collections::BTreeMap;

use super::captures::{self, Capture};
use crate::aws::head::Head;
use crate::aws::recognise::{Outline, outline};
use crate::aws::{BodyWanted, Call, body_wanted, recognise};

/// A body of which only the beginning was kept cannot be decoded; its head can.
fn name_of(capture: &Capture) -> Result<String, String> {
    let incoming = capture.incoming();
    if capture.cut && body_wanted(&incoming) != Ok(BodyWanted::Nothing) {
        let head = Head::read(&incoming).map_err(|refused| refused.says)?;
        return match outline(&head).map_err(|refused| refused.says)? {
            Outline::Known(choice, _) => Ok(format!("{}:{}", choice.service.name, choice.operation.name)),
            Outline::InBody(_) => {
                recognise(&incoming).map(|call| name(&call)).map_err(|refused| refused.says)
            }
        };
    }
    recognise(&incoming).map(|call| name(&call)).map_err(|refused| refused.says)
}

fn name(call: &Call) -> String {
    format!("{}:{}", call.service, call.operation)
}

#[test]
fn every_capture_is_what_it_was() {
    let captures = captures::all();
    assert_eq!(captures.len(), 370);
    let mut wrong = Vec::new();
    for capture in &captures {
        match (name_of(capture), capture.name.as_str()) {
            // Signature Version 4A names no region and so no scope; the gateway refuses it before it is looked at.
            (Err(_), "edge/0068-events-PutEvents") => {}
            // A base path names the service.
            (Ok(name), "edge/0073-?-?") if name == "bedrock-runtime:InvokeModel" => {}
            (Ok(name), _) if capture.wanted.contains(&name) => {}
            (Err(_), _) if capture.wanted.is_empty() => {}
            (other, _) => wrong.push(format!("{}: {other:?}, wanted {:?}", capture.name, capture.wanted)),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn aliases_go_by_their_current_name() {
    let mut seen = BTreeMap::new();
    for capture in captures::all().iter().filter(|capture| capture.wanted.len() > 1) {
        seen.insert(capture.wanted.join(" "), name_of(capture).unwrap());
    }
    let wanted = BTreeMap::from([
        (
            "s3:GetBucketLifecycle s3:GetBucketLifecycleConfiguration".to_owned(),
            "s3:GetBucketLifecycleConfiguration".to_owned(),
        ),
        (
            "timestream-query:DescribeEndpoints timestream-write:DescribeEndpoints".to_owned(),
            "timestream-query:DescribeEndpoints".to_owned(),
        ),
    ]);
    assert_eq!(seen, wanted);
}

#[test]
fn the_same_command_has_the_same_meaning_whichever_client_sends_it() {
    let mut meanings: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for capture in captures::all().iter().filter(|capture| capture.name.starts_with("ak/")) {
        let call = recognise(&capture.incoming()).unwrap();
        meanings.entry(name(&call)).or_default().push((call.meaning.to_string(), capture.name.clone()));
    }
    assert_eq!(meanings.len(), 15);
    for (operation, seen) in meanings {
        // The upload was captured a fourth time, over https and in chunks without a signature.
        assert_eq!(seen.len(), if operation == "s3:PutObject" { 4 } else { 3 });
        assert!(seen.iter().all(|(meaning, _)| *meaning == seen[0].0), "{operation}: {seen:#?}");
    }
}

#[test]
fn no_capture_of_a_known_call_leaves_a_doubt() {
    for capture in captures::all()
        .iter()
        .filter(|capture| !capture.cut && !capture.service.is_empty() && !capture.wanted.is_empty())
    {
        let call = recognise(&capture.incoming()).unwrap();
        assert_eq!(call.doubts, Vec::<String>::new(), "{}", capture.name);
    }
}
