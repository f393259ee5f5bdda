//! A grant cannot be made or copied outside of core: each file in `compile-fail` must not compile.

#[test]
fn no_code_outside_core_makes_or_copies_a_grant() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}
