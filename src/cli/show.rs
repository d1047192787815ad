//! Layouts of answers for people: pure functions from an answer to text. Scores have two decimals here, values their
//! unit.

mod attention;
mod audit;
mod board;
mod board_reports;
mod calibration;
mod changes;
mod confidence;
mod events;
mod goalposts;
mod lineage;
mod lists;
mod policy;
mod proposals;
mod replay;
mod retro;
mod table;
mod under_policy;
mod watch;
mod what_if;

use crate::figure;
pub(crate) use crate::figure::count;

pub(crate) use attention::attention;
pub(crate) use audit::audit;
pub(crate) use board::board;
pub(crate) use board_reports::{board_report, board_reports, restatements};
pub(crate) use calibration::calibration;
pub(crate) use changes::changes;
pub(crate) use confidence::confidence;
pub(crate) use events::events;
pub(crate) use goalposts::goalposts;
pub(crate) use lineage::lineage;
pub(crate) use lists::{backups, cycles, ledgers};
pub(crate) use policy::policy;
pub(crate) use proposals::proposals;
pub(crate) use replay::replay;
pub(crate) use retro::retro;
pub(crate) use under_policy::under_policy;
pub(crate) use watch::frame;
pub(crate) use what_if::what_if;

#[cfg(test)]
mod testing;
