//! Folding of teams, cycles, themes and retrospectives.

use events::{
    CycleClosed, CycleOpened, CycleReopened, Recorded, RetrospectiveRecorded, TeamChanged, TeamFormed, ThemeDeclared,
};

use super::trail::{self, Concerning, Details};
use super::{put_new, stamp};
use crate::rows::{
    Changes, ClosedUnder, Closing, Counters, CycleRow, CycleState, Error, Key, Reopening, RetrospectiveRow, RowsMut,
    SubjectKind, SubjectRow, Table, TeamRow, ThemeRow, policy_in_force, put, row,
};

pub(super) fn team_formed(rows: &mut impl RowsMut, event: &Recorded, data: &TeamFormed) -> Result<(), Error> {
    put_new(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::Team })?;
    let team = TeamRow {
        id: event.subject.clone(),
        name: data.name.clone(),
        parent: data.parent.clone(),
        dissolved: false,
        touched: event.seq,
    };
    put(rows, event.seq, &team)
}

pub(super) fn team_changed(rows: &mut impl RowsMut, event: &Recorded, data: &TeamChanged) -> Result<(), Error> {
    let Some(mut team) = row::<TeamRow>(rows, &TeamRow::key_of(event.subject.as_str()))? else { return Ok(()) };
    team.name = data.name.clone();
    team.parent = data.parent.clone();
    team.touched = event.seq;
    put(rows, event.seq, &team)
}

pub(super) fn team_dissolved(rows: &mut impl RowsMut, event: &Recorded) -> Result<(), Error> {
    let Some(mut team) = row::<TeamRow>(rows, &TeamRow::key_of(event.subject.as_str()))? else { return Ok(()) };
    team.dissolved = true;
    team.touched = event.seq;
    put(rows, event.seq, &team)
}

pub(super) fn opened(rows: &mut impl RowsMut, event: &Recorded, data: &CycleOpened) -> Result<(), Error> {
    put_new(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::Cycle })?;
    let mut counters: Counters = row(rows, &Key::of(Table::Counters))?.unwrap_or_default();
    counters.cycles = counters.cycles.saturating_add(1);
    put(rows, event.seq, &counters)?;
    let cycle = CycleRow {
        id: event.subject.clone(),
        no: counters.cycles,
        title: data.title.clone(),
        kind: data.kind,
        starts_on: data.starts_on,
        ends_on: data.ends_on,
        time_zone: data.time_zone,
        parent: data.parent.clone(),
        state: CycleState::Open,
        opened: stamp(event),
        started: None,
        closed_under: None,
        touched: event.seq,
    };
    put(rows, event.seq, &cycle)?;
    let mut changes = Changes::default();
    changes.note("state", &None, &Some(CycleState::Open));
    trail::write(rows, event, &cycle, Concerning::Cycle, changes, Details::default())
}

pub(super) fn started(rows: &mut impl RowsMut, event: &Recorded) -> Result<(), Error> {
    let Some(mut cycle) = find(rows, event)? else { return Ok(()) };
    cycle.started = Some(stamp(event));
    move_to(rows, event, cycle, CycleState::Started, Details::default())
}

pub(super) fn closed(rows: &mut impl RowsMut, event: &Recorded, data: &CycleClosed) -> Result<(), Error> {
    let Some(mut cycle) = find(rows, event)? else { return Ok(()) };
    let policy = policy_in_force(rows)?;
    let under = ClosedUnder {
        policy: policy.adopted_by(),
        policy_version: policy.version,
        formula: policy.formula,
        defaults: None,
        reading: None,
    };
    cycle.closed_under = Some(under.clone());
    put(rows, event.seq, &Closing { cycle: cycle.id.clone(), at: stamp(event), note: data.note.clone(), under })?;
    move_to(rows, event, cycle, CycleState::Closed, Details { remark: data.note.as_ref(), ..Details::default() })
}

pub(super) fn reopened(rows: &mut impl RowsMut, event: &Recorded, data: &CycleReopened) -> Result<(), Error> {
    let Some(mut cycle) = find(rows, event)? else { return Ok(()) };
    cycle.closed_under = None;
    put(rows, event.seq, &Reopening { cycle: cycle.id.clone(), at: stamp(event), reason: data.reason.clone() })?;
    move_to(rows, event, cycle, CycleState::Started, Details { remark: Some(&data.reason), ..Details::default() })
}

pub(super) fn theme_declared(rows: &mut impl RowsMut, event: &Recorded, data: &ThemeDeclared) -> Result<(), Error> {
    put_new(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::Theme(data.cycle.clone()) })?;
    let theme = ThemeRow {
        id: event.subject.clone(),
        cycle: data.cycle.clone(),
        title: data.title.clone(),
        north_star: data.north_star.clone(),
        lever: data.lever.clone(),
        touched: event.seq,
    };
    put(rows, event.seq, &theme)
}

pub(super) fn retrospective(
    rows: &mut impl RowsMut,
    event: &Recorded,
    data: &RetrospectiveRecorded,
) -> Result<(), Error> {
    let held = RetrospectiveRow {
        subject: event.subject.clone(),
        seq: event.seq,
        time: event.time,
        actor: event.actor.clone(),
        said: data.clone(),
    };
    put(rows, event.seq, &held)?;
    if let Some(mut cycle) = find(rows, event)? {
        cycle.touched = event.seq;
        put(rows, event.seq, &cycle)?;
    }
    super::objective::touch(rows, event)
}

fn find(rows: &impl RowsMut, event: &Recorded) -> Result<Option<CycleRow>, Error> {
    row(rows, &CycleRow::key_of(event.subject.as_str()))
}

fn move_to(
    rows: &mut impl RowsMut,
    event: &Recorded,
    mut cycle: CycleRow,
    state: CycleState,
    details: Details<'_>,
) -> Result<(), Error> {
    let mut changes = Changes::default();
    changes.note("state", &Some(cycle.state), &Some(state));
    cycle.state = state;
    cycle.touched = event.seq;
    put(rows, event.seq, &cycle)?;
    trail::write(rows, event, &cycle, Concerning::Cycle, changes, details)
}
