use super::*;
use crate::ActorKind;
use proptest::prelude::*;

fn person(n: u128) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, n)
}

fn digest() -> Digest {
    Digest::of(b"the change")
}

fn agent(operator: Option<PersonId>) -> Actor {
    Actor { kind: ActorKind::Agent, id: "agt_x".to_owned(), name: "bot".to_owned(), operator }
}

fn approval(who: u128, groups: &[&str], answer: Answer) -> Approval {
    Approval {
        id: ApprovalId::new(Timestamp::UNIX_EPOCH, who),
        person: person(who),
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        digest: digest(),
        answer,
        comment: String::new(),
        at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn one_person_in_two_groups_fills_one_seat() {
    let needs: Requirements = "sre:1,dba:1".parse().unwrap();
    let both = approval(1, &["sre", "dba"], Answer::Approve);
    assert!(matches!(tally(&needs, &agent(None), digest(), std::slice::from_ref(&both)), Tally::Missing(_)));
    // The one who can sit in either group makes room for the one who cannot.
    let sre = approval(2, &["sre"], Answer::Approve);
    assert_eq!(tally(&needs, &agent(None), digest(), &[both.clone(), sre.clone()]), Tally::Met);
    assert_eq!(tally(&needs, &agent(None), digest(), &[sre, both]), Tally::Met);
}

#[test]
fn an_approval_of_another_digest_does_not_count() {
    let needs = Requirements::one("sre", 1).unwrap();
    let mut other = approval(1, &["sre"], Answer::Approve);
    other.digest = Digest::of(b"another change");
    assert!(matches!(tally(&needs, &agent(None), digest(), &[other]), Tally::Missing(_)));
}

#[test]
fn one_no_is_enough() {
    let needs = Requirements::one("sre", 1).unwrap();
    let all = [approval(1, &["sre"], Answer::Approve), approval(2, &["sre"], Answer::Reject)];
    assert_eq!(tally(&needs, &agent(None), digest(), &all), Tally::Rejected { by: person(2) });
}

proptest! {
    #[test]
    fn met_means_enough_distinct_eligible_people(
        votes in proptest::collection::vec((0u128..6, 0u8..4), 0..20),
        sre in 1u8..4, dba in 1u8..4, operator in 0u128..6,
    ) {
        let needs: Requirements = format!("sre:{sre},dba:{dba}").parse().unwrap();
        let requester = agent(Some(person(operator)));
        let approvals: Vec<Approval> = votes.iter().map(|(who, groups)| {
            let mut names = Vec::new();
            if groups & 1 == 1 { names.push("sre"); }
            if groups & 2 == 2 { names.push("dba"); }
            approval(*who, &names, Answer::Approve)
        }).collect();
        if tally(&needs, &requester, digest(), &approvals) == Tally::Met {
            let people: BTreeSet<PersonId> = approvals.iter()
                .filter(|a| !a.groups.is_empty() && a.person != person(operator))
                .map(|a| a.person).collect();
            prop_assert!(people.len() >= usize::from(sre) + usize::from(dba));
        }
    }

    #[test]
    fn the_operator_alone_never_releases(count in 1usize..5) {
        let needs = Requirements::one("sre", 1).unwrap();
        let own = vec![approval(3, &["sre"], Answer::Approve); count];
        prop_assert!(matches!(tally(&needs, &agent(Some(person(3))), digest(), &own), Tally::Missing(_)));
    }
}
