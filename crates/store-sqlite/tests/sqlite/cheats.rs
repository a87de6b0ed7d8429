//! Every way to cheat is caught when the honest part is a store that is durable and can fail.

use crate::rig::rig;
use cloakroom_store::suite::doubles::{Cheat, cheating};
use cloakroom_store::suite::{CASES, run};

/// The case that is there to catch each cheat, and that honest stores pass.
const CATCHES: [(Cheat, &str); 20] = [
    (Cheat::LostUpdate, "patching::stale_changes_nothing"),
    (Cheat::ResurrectOnPatch, "patching::closed_is_gone"),
    (Cheat::AckBeforeCommit, "crashes::acknowledged_is_there_after_a_kill"),
    (Cheat::FactsDroppedEarly, "closing::gone_with_its_fact_and_event"),
    (Cheat::OutageAsAbsent, "outages::closed_is_an_outage_too"),
    (Cheat::TakenIsAdopted, "opening::taken_changes_nothing"),
    (Cheat::OlderProofOpens, "opening::older_proof_is_superseded"),
    (Cheat::LimitIgnored, "opening::limit_counts_and_makes_room"),
    (Cheat::EventsOfRefusedVerbs, "events::refused_verbs_tell_nothing"),
    (Cheat::NobodyIsTold, "watching::told_before_the_answer"),
    (Cheat::SupersededIsCurrent, "renewing::both_work_until_one_is_presented"),
    (Cheat::OldTicketWorksOn, "rotating::only_the_new_ticket_works"),
    (Cheat::ClosedTwice, "closing::twice_is_one_event"),
    (Cheat::FactsOutOfOrder, "ledger::since_is_in_order_without_gaps"),
    (Cheat::HeadOfAPage, "ledger::a_tail_names_the_head"),
    (Cheat::TornTail, "ledger::a_tail_is_of_one_moment"),
    (Cheat::ReuseIsARetry, "families::two_holders_in_every_interleaving"),
    (Cheat::TwoSuccessors, "families::lost_late_and_reordered_answers"),
    (Cheat::CalledOffIsDone, "intents::what_was_called_off_is_never_done"),
    (Cheat::OpenIsDone, "intents::what_was_called_off_is_never_done"),
];

#[test]
fn each_is_caught_by_the_case_that_is_there_for_it() {
    assert!(Cheat::ALL.iter().all(|cheat| CATCHES.iter().any(|(caught, _)| caught == cheat)));
    for (cheat, case) in CATCHES {
        assert!(CASES.iter().any(|known| known.name == case));
        let caught = run(case, &cheating(rig(), cheat));
        assert!(caught.is_err(), "{cheat:?} gets through {case}");
    }
}

#[test]
fn races_catch_lost_updates_and_older_proofs_too() {
    for (cheat, case) in [
        (Cheat::LostUpdate, "races::two_patches_one_wins"),
        (Cheat::TwoSuccessors, "races::racing_tabs_end_with_one_token"),
        (Cheat::OlderProofOpens, "races::opening_from_an_older_proof_loses_to_revocation"),
    ] {
        assert!(run(case, &cheating(rig(), cheat)).is_err(), "{cheat:?} gets through {case}");
    }
}
