//! Whatever the bytes of a CBOR body: a call, or a refusal that says why.

#![no_main]

use holdpoint_intake::aws::{Incoming, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers = [("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned())];
    let request = Incoming {
        method: "POST",
        path: "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
        query: "",
        host: "127.0.0.1:4654",
        headers: &headers,
        body,
        service: "monitoring",
        region: "us-east-1",
        payload: None,
        account: None,
    };
    match recognise(&request) {
        Ok(call) => assert!(call.parameters.is_object()),
        Err(refused) => assert!(!refused.says.is_empty()),
    }
});
