use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::*;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A machine with clocks set by the test.
#[derive(Clone)]
struct Machine {
    wall: Arc<AtomicI64>,
    running: Arc<AtomicU64>,
    last_event: Arc<AtomicI64>,
}

impl Machine {
    fn at(wall: &str) -> Machine {
        let wall = Arc::new(AtomicI64::new(Moment::parse(wall).unwrap().micros()));
        Machine { wall, running: Arc::new(AtomicU64::new(77)), last_event: Arc::default() }
    }

    fn guard(&self, folder: &Path) -> Guard {
        let (machine, other) = (self.clone(), self.clone());
        let built = Moment::parse("2026-11-22T00:00:00Z").unwrap();
        let clocks = Clocks::given(
            move || Moment::from_micros(machine.wall.load(Ordering::Relaxed)).unwrap(),
            move || Duration::from_secs(other.running.load(Ordering::Relaxed)),
            built,
        );
        let last_event = Arc::clone(&self.last_event);
        let last_event =
            move || Moment::from_micros(last_event.load(Ordering::Relaxed)).filter(|last| last.micros() > 0);
        Guard::new(clocks, folder, Box::new(last_event))
    }

    /// Lets time pass, as it also does while the machine sleeps.
    fn passes(&self, seconds: u64) {
        self.running.fetch_add(seconds, Ordering::Relaxed);
        self.wall.fetch_add(seconds as i64 * 1_000_000, Ordering::Relaxed);
    }

    /// Sets the clock, as an operator would.
    fn set(&self, wall: &str) {
        self.wall.store(Moment::parse(wall).unwrap().micros(), Ordering::Relaxed);
    }

    fn recorded_until(&self, moment: &str) {
        self.last_event.store(Moment::parse(moment).unwrap().micros(), Ordering::Relaxed);
    }
}

#[test]
fn a_clock_put_forward_stops_recording_until_it_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    machine.recorded_until("2026-11-30T07:00:00Z");
    let guard = machine.guard(folder.path());
    assert!(guard.now().is_ok());
    machine.set("2099-01-01T00:00:00Z");
    let says = guard.now().unwrap_err();
    assert!(says.contains("put forward by") && says.contains("okr-ledger accept-clock --data "), "{says}");
    machine.passes(3 * 3_600);
    assert!(guard.now().is_err());
    // A clock in doubt is not noted in the file.
    guard.tick();
    assert_eq!(Kept::read(folder.path()), Kept::default());
    machine.set("2026-11-30T11:00:00Z");
    assert_eq!(guard.now().unwrap().to_string(), "2026-11-30T11:00:00Z");
    machine.set("2026-11-30T10:40:00Z");
    assert!(guard.now().unwrap_err().contains("put back by 20 minutes"));
}

#[test]
fn a_machine_that_slept_over_a_weekend_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-27T18:00:00Z");
    machine.recorded_until("2026-11-27T17:00:00Z");
    let guard = machine.guard(folder.path());
    machine.passes(62 * 3_600);
    assert!(guard.now().is_ok());
}

#[test]
fn a_clock_that_is_accepted_is_accepted_for_this_jump() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    machine.recorded_until("2026-11-30T07:00:00Z");
    let guard = machine.guard(folder.path());
    // Without a doubt, nothing is accepted in advance.
    assert_eq!(guard.accept().unwrap().1, None);
    assert_eq!(Kept::read(folder.path()), Kept::default());
    machine.set("2026-12-24T08:00:00Z");
    assert!(guard.now().is_err());
    let (now, doubt) = guard.accept().unwrap();
    assert_eq!(now.to_string(), "2026-12-24T08:00:00Z");
    assert!(doubt.unwrap().to_string().contains("put forward by 24 days"));
    assert!(guard.now().is_ok());
    machine.set("2099-01-01T00:00:00Z");
    assert!(guard.now().is_err());
}

#[test]
fn the_checks_of_the_start_are_repeated_every_minute_and_a_clock_that_was_set_right_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("1970-01-01T00:00:30Z");
    machine.recorded_until("2026-11-30T07:00:00Z");
    let guard = machine.guard(folder.path());
    assert!(guard.now().unwrap_err().contains("before this program was built"));
    // A time server sets the clock. It is not a jump, because there was no clock in order to jump from.
    machine.set("2026-11-30T08:00:00Z");
    machine.passes(59);
    assert!(guard.now().is_err());
    machine.passes(1);
    assert!(guard.now().is_ok());
}

#[test]
fn an_acceptance_outlives_the_server_and_whoever_accepts_looks_at_the_clock_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    machine.recorded_until("2099-01-01T00:00:00Z");
    let guard = machine.guard(folder.path());
    assert!(guard.now().unwrap_err().contains("before the last event"));
    assert!(guard.accept().unwrap().1.is_some());
    assert!(guard.now().is_ok());
    drop(guard);
    machine.passes(3_600);
    assert!(machine.guard(folder.path()).now().is_ok());
    machine.set("2099-01-01T00:00:00Z");
    let guard = machine.guard(folder.path());
    assert!(guard.now().is_err());
    // The clock was put right a moment ago: there is nothing to accept.
    machine.set("2026-11-30T09:00:00Z");
    assert_eq!(guard.accept().unwrap().1, None);
}

#[test]
fn every_hour_it_is_kept_that_the_clock_is_in_order_and_small_corrections_do_not_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at("2026-11-30T08:00:00Z");
    let guard = machine.guard(folder.path());
    let seen = || Kept::read(folder.path()).seen.map(|seen| seen.to_string());
    guard.tick();
    // A folder without events.
    assert_eq!(seen(), None);
    machine.recorded_until("2026-11-30T08:00:00Z");
    guard.tick();
    assert_eq!(seen().unwrap(), "2026-11-30T08:00:00Z");
    machine.passes(3_599);
    guard.tick();
    assert_eq!(seen().unwrap(), "2026-11-30T08:00:00Z");
    machine.passes(1);
    guard.tick();
    assert_eq!(seen().unwrap(), "2026-11-30T09:00:00Z");
    for _ in 0..10 {
        machine.passes(3_600);
        machine.wall.fetch_add(9 * 60_000_000, Ordering::Relaxed);
        assert!(guard.now().is_ok());
        guard.tick();
    }
    // The folder was served a year ago, so it knows that a year has passed.
    machine.wall.fetch_add(399 * DAY, Ordering::Relaxed);
    assert!(machine.guard(folder.path()).now().is_ok());
    machine.wall.fetch_add(2 * DAY, Ordering::Relaxed);
    assert!(machine.guard(folder.path()).now().unwrap_err().contains("after anything this data folder knows of"));
}
