//! The conformance suite: a store is what passes it.
//!
//! A back end offers a [`Rig`] for each case and calls [`conformance!`](crate::conformance), which makes one test
//! of each. A case answers with the first [`Violation`] it finds, so that the suite can itself be tested with
//! stores that cheat ([`doubles`]).

pub mod rig;

mod words;

mod opening;

mod patching;

mod rotating;

mod renewing;

mod raising;

mod closing;

mod touching;

mod ledger;

mod events;

mod keys;

mod families;

mod people;

mod intents;

mod watching;

mod races;

mod dropping;

mod outages;

mod crashes;

mod against_model;

pub mod doubles;

pub use rig::{Rig, Skipped, Verdict, Violation};

/// One case of the suite.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// `family::rule`.
    pub name: &'static str,
    /// Runs it on a fresh rig.
    pub run: fn(&Rig) -> Verdict,
}

/// Calls a macro with every case of the suite: the one list of them.
#[macro_export]
macro_rules! for_each_case {
    ($then:path $(, $($args:tt)*)?) => {
        $then! { $($($args)*)?
            opening { found_by_ticket_id_and_subject names_are_no_statements unknown_is_absent taken_changes_nothing older_proof_is_superseded
                older_epoch_is_superseded child_of_a_dead_parent_is_refused
                a_parent_that_goes_with_it_is_no_parent limit_counts_and_makes_room
                anonymous_visitors_evict_nobody_who_is_signed_in replaces_in_one_step
 what_changed_since_it_was_read_is_not_replaced }
            patching { changes_record_and_version stale_changes_nothing closed_is_gone expired_is_gone
                older_generation_is_gone keeps_the_time_of_last_use }
            rotating { only_the_new_ticket_works stale_or_taken_changes_nothing older_proof_is_superseded
                ends_pending_and_superseded_tickets }
            renewing { both_work_until_one_is_presented a_dead_ticket_is_handed_nothing
                a_promoted_ticket_carries_its_own_root_key at_most_so_many_pending siblings_stay_good_until_the_next_round
                leftovers_are_superseded_by_the_next_round what_is_not_pending_is_not_promoted
                old_tickets_are_bounded_and_go_with_the_session }
            raising { ends_every_session keeps_the_one_that_asked keeps_a_child_that_was_taken_off_its_parent
                stale_or_gone_changes_nothing }
            closing { gone_with_its_fact_and_event twice_is_one_event children_end_with_it live_is_not_expired
                nothing_is_left_behind }
            touching { slides_within_the_absolute_limit a_late_touch_counts_if_it_was_in_time a_use_counts_from_where_it_began
                never_back_never_alive_again expired_are_listed_in_steps }
            ledger { facts_only_grow a_published_generation_denies_what_is_there since_is_in_order_without_gaps a_tail_is_of_one_moment a_tail_names_the_head forgets_only_what_is_over generations_follow_facts }
            events { chained_in_commit_order refused_verbs_tell_nothing erased_payloads_leave_the_chain_whole
                signed_heads_are_kept }
            keys { live_forward_only numbers_are_unique_within_a_purpose }
            families { begin_and_end_with_their_session follow_the_table lost_late_and_reordered_answers
                one_renewal_within_the_window
                a_theft_ends_the_sign_in_and_nothing_else what_is_refused_changes_nothing limits_end_them what_was_taken_back_denies
                goes_on_with_the_new_ticket_of_its_session the_key_of_the_current_token_is_remembered two_holders_in_every_interleaving
                a_kill_between_commit_and_answer_loses_nothing }
            people { found_by_every_name_in_any_case names_are_had_by_one changed_from_what_was_read listed_in_pages
                a_change_is_whole_or_nothing a_request_is_used_once_and_in_time a_request_ends_with_everything_of_its_user
                what_was_begun_is_taken_back a_link_that_two_use_is_used_by_one a_name_that_two_want_is_had_by_one an_account_and_its_counters_are_of_one_moment buckets_empty_and_fill
                a_crowd_takes_no_more_than_there_is letters_are_given_to_one_and_tried_again a_letter_is_given_to_one_of_many_who_send
                acknowledged_people_are_there_after_a_kill }
            intents { what_was_published_is_done what_was_called_off_is_never_done a_person_changes_under_an_intent
                of_those_who_decide_one_is_first a_counter_rises_from_what_it_was }
            watching { told_before_the_answer told_of_nothing_when_nothing_changed }
            races { two_patches_one_wins patch_and_close_never_resurrect two_rotations_one_wins
                opening_from_an_older_proof_loses_to_revocation promotions_agree
                an_offer_beside_a_rotation_hands_nothing_to_the_loser sweeping_beside_opening racing_tabs_end_with_one_token a_refresh_beside_a_closing_never_resurrects
                a_refresh_beside_a_password_change_never_survives_it }
            dropping { a_dropped_verb_is_whole_or_nothing }
            outages { an_outage_is_never_an_answer closed_is_an_outage_too }
            crashes { acknowledged_is_there_after_a_kill }
            against_model { agrees_with_the_model }
        }
    };
}

macro_rules! table {
    ($($family:ident { $($case:ident)+ })+) => {
        /// Every case.
        pub const CASES: &[Case] =
            &[$($(Case { name: concat!(stringify!($family), "::", stringify!($case)), run: $family::$case }),+),+];
    };
}

for_each_case!(table);

/// Whether a case is about people. Buckets stand beside them, and count whatever is tried.
fn is_about_people(name: &str) -> bool {
    let of_buckets = ["people::buckets_empty_and_fill", "people::a_crowd_takes_no_more_than_there_is"];
    name == "intents::a_person_changes_under_an_intent"
        || (name.starts_with("people::") && !of_buckets.contains(&name))
}

/// Runs one case by its name on a fresh rig.
pub fn run(name: &str, rig: &Rig) -> Verdict {
    match CASES.iter().find(|case| case.name == name) {
        Some(_) if is_about_people(name) && !rig.stores.guarantees.people => {
            Ok(Skipped::Because("it keeps no people"))
        }
        Some(case) => (case.run)(rig),
        None => Err(Violation::of(format!("there is no case {name}"))),
    }
}

/// Makes a test of every case: `conformance!(crate::rig::rig)`, where `rig` is a function that makes a fresh rig.
#[macro_export]
macro_rules! conformance {
    ($rig:path) => {
        $crate::for_each_case! { $crate::conformance_tests, $rig; }
    };
}

/// See [`conformance!`](crate::conformance).
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($rig:path; $($family:ident { $($case:ident)+ })+) => {$(
        mod $family {
            $(#[test]
            fn $case() {
                let name = concat!(stringify!($family), "::", stringify!($case));
                match $crate::suite::run(name, &$rig()) {
                    Ok($crate::suite::Skipped::No) => println!("suite: {}", module_path!()),
                    Ok($crate::suite::Skipped::Because(why)) => println!("not for this store: {name}: {why}"),
                    Err(violation) => panic!("{violation}"),
                }
            })+
        }
    )+};
}

#[cfg(test)]
mod tests;
