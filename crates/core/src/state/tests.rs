use super::*;
use crate::{
    Actor, ActorKind, Answer, Approval, ApprovalId, ChangeId, ClaimRequest, Digest, GrantId, Source, claim,
    tally,
};
use proptest::prelude::*;
use time::Duration;

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Duration::minutes(minute)
}

fn attempt(n: u128) -> AttemptId {
    AttemptId::new(at(0), n)
}

fn digest() -> Digest {
    Digest::of(b"x")
}

fn try_claim(state: &State, n: u128, now: Timestamp) -> Option<State> {
    let request = ClaimRequest { attempt: attempt(n), digest: digest(), source: Source::default() };
    let grant = GrantId::new(now, n);
    let change = ChangeId::new(at(0), 1);
    let approved = (digest(), &Source::default());
    claim(grant, change, state, approved, &request, now, now + Duration::minutes(1))
        .ok()
        .map(|(state, _)| state)
}

#[derive(Debug, Clone)]
enum Step {
    Judge(u8),
    Vote(u8, bool),
    Clock,
    Withdraw,
    Claim(u8),
    Report(u8, u8),
    Renew(u8),
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..3).prop_map(Step::Judge),
        (0u8..4, any::<bool>()).prop_map(|(who, yes)| Step::Vote(who, yes)),
        Just(Step::Clock),
        Just(Step::Withdraw),
        (0u8..3).prop_map(Step::Claim),
        (0u8..3, 0u8..3).prop_map(|(who, what)| Step::Report(who, what)),
        (0u8..3).prop_map(Step::Renew),
        (0u8..40).prop_map(Step::Wait),
    ]
}

fn vote(who: u8, yes: bool) -> Approval {
    Approval {
        id: ApprovalId::new(at(0), u128::from(who)),
        person: PersonId::new(at(0), u128::from(who)),
        groups: ["sre".to_owned()].into(),
        digest: digest(),
        answer: if yes { Answer::Approve } else { Answer::Reject },
        comment: String::new(),
        at: at(0),
    }
}

proptest! {
    /// Whatever is tried in whatever order: nothing executes without a claim, at most one claim ever wins, every
    /// move is in the table, and a change that was held executes only after enough people said yes.
    #[test]
    fn no_sequence_escapes(steps in proptest::collection::vec(step(), 0..40)) {
        let requester = Actor { kind: ActorKind::Agent, id: "agt_x".into(), name: "bot".into(), operator: Some(PersonId::new(at(0), 0)) };
        let needs = Requirements::one("sre", 2).unwrap();
        let (mut state, mut now, mut claims, mut was_held) = (State::Submitted, at(0), 0, false);
        let mut votes: Vec<Approval> = Vec::new();
        for step in steps {
            let before = state.clone();
            let later = now + Duration::minutes(30);
            let next = match step {
                Step::Judge(0) => state.clone().judged(&Verdict::Allow, later).ok(),
                Step::Judge(1) => state.clone().judged(&Verdict::Hold { requirements: needs.clone() }, later).ok(),
                Step::Judge(_) => state.clone().judged(&Verdict::Deny, later).ok(),
                Step::Vote(who, yes) if matches!(state, State::Held { .. }) => {
                    votes.push(vote(who, yes));
                    state.clone().counted(&tally(&needs, &requester, digest(), &votes), now, later).ok()
                }
                Step::Vote(..) => None,
                Step::Clock => state.clone().run_out(now).ok(),
                Step::Withdraw => state.clone().withdrawn().ok(),
                Step::Claim(n) => {
                    let won = try_claim(&state, u128::from(n), now);
                    claims += usize::from(won.is_some());
                    won
                }
                Step::Report(n, 0) => state.clone().reported(attempt(u128::from(n)), Outcome::Applied).ok(),
                Step::Report(n, 1) => state.clone().reported(attempt(u128::from(n)), Outcome::Failed).ok(),
                Step::Report(n, _) => state.clone().reported(attempt(u128::from(n)), Outcome::Unknown).ok(),
                Step::Renew(n) => state.clone().renewed(attempt(u128::from(n)), later).ok(),
                Step::Wait(minutes) => { now += Duration::minutes(i64::from(minutes)); None }
            };
            if let Some(next) = next {
                if next.name() != before.name() {
                    prop_assert!(TRANSITIONS.contains(&(before.name(), next.name())), "{before:?} -> {next:?}");
                }
                state = next;
            }
            was_held |= matches!(state, State::Held { .. });
            let ran = matches!(state, State::Executing { .. } | State::Applied { .. } | State::Failed { .. } | State::Unknown { .. });
            prop_assert_eq!(ran, claims == 1);
            prop_assert!(claims <= 1);
            if ran && was_held {
                let yes: std::collections::BTreeSet<_> = votes.iter()
                    .filter(|v| v.answer == Answer::Approve && v.person != PersonId::new(at(0), 0)).map(|v| v.person).collect();
                prop_assert!(yes.len() >= 2);
            }
        }
    }

    /// Approval and expiry at any two moments: exactly one of them wins, whichever is asked first.
    #[test]
    fn expiry_and_approval_have_one_winner(minute in 0i64..60) {
        let held = State::Held { requirements: Requirements::one("sre", 1).unwrap(), until: at(30) };
        let approved = held.clone().counted(&Tally::Met, at(minute), at(90)).is_ok();
        let expired = held.run_out(at(minute)).is_ok();
        prop_assert!(approved != expired);
    }
}

#[test]
fn final_states_are_final() {
    let last: Vec<&str> =
        StateName::ALL.into_iter().filter(|s| s.is_final()).map(StateName::as_str).collect();
    assert_eq!(last, ["denied", "rejected", "expired", "withdrawn", "lapsed", "applied", "failed"]);
}
