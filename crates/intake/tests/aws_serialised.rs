//! A seventh of what botocore serialises for every operation in every protocol, as `scripts/index/self_test.py` wrote
//! it. The whole of it is for the example `recognise`.

#![expect(unreachable_pub, reason = "its module is an example's too")]

mod corpus;

#[test]
fn what_botocore_serialises_is_read_as_what_it_was_made_from() {
    let tally = corpus::tally("../../tests/cases/aws/serialised.jsonl.gz").unwrap();
    assert!(tally.all > 6000, "{}", tally.all);
    assert!(tally.same * 100 >= tally.all * 99, "{} of {}: {:#?}", tally.same, tally.all, tally.wrong);
    assert!(tally.exact * 100 >= tally.all * 99, "{} of {}: {:#?}", tally.exact, tally.all, tally.wrong);
}
