//! What all pages have around them: where one is, where one can go, who one is.

use events::Moment;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use projections::ask::CycleBrief;

use super::assets::{ICON, SCRIPT, STYLE};
use super::page_request::View;
use super::when;

/// A page, still without what all pages have.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) here: Here,
    pub(super) body: Markup,
}

/// Where a page is.
pub(super) struct Here {
    /// The ledger's slug and title.
    ledger: Option<(String, String)>,
    /// The cycle's id and title.
    cycle: Option<(String, String)>,
    tab: Tab,
    /// The moment that links keep.
    as_of: Option<String>,
    /// The last event that the page knows, and when it was recorded.
    known: Option<String>,
    /// The moment that is looked at, where that is over.
    past: Option<Moment>,
    /// The last event of what was recorded just before.
    recorded: Option<u64>,
    /// How many events there are to be, where the ledger holds a part of a copy only.
    awaits: Option<u64>,
}

/// The pages of a cycle that are side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Board,
    Attention,
    Audit,
    Goalposts,
    Replay,
    Retrospective,
    Calibration,
    Reports,
    CheckIn,
    Proposals,
    Events,
    None,
}

impl Here {
    pub(super) fn nowhere() -> Here {
        Here {
            ledger: None,
            cycle: None,
            tab: Tab::None,
            as_of: None,
            known: None,
            past: None,
            recorded: None,
            awaits: None,
        }
    }

    /// In a ledger.
    pub(super) fn in_ledger(view: &View<'_>, tab: Tab) -> Here {
        let ledger = Some((view.ledger.slug().to_owned(), view.ledger.header().title.clone()));
        let as_of = view.look.as_of();
        let known = as_of
            .recorded_at
            .map(|at| format!("As the ledger knew it at event {}, recorded {}", as_of.seq, when::minute(at)));
        let past = view.is_past().then(|| view.look.asked().at);
        let (as_of, recorded, awaits) = (view.as_of.map(str::to_owned), view.recorded, view.ledger.awaits());
        Here { ledger, cycle: None, tab, as_of, known, past, recorded, awaits }
    }

    /// In a cycle of it.
    pub(super) fn in_cycle(view: &View<'_>, cycle: &CycleBrief, tab: Tab) -> Here {
        let cycle = Some((cycle.id.to_string(), cycle.title.to_string()));
        Here { cycle, ..Here::in_ledger(view, tab) }
    }

    /// The same where links keep another moment, or none: then it is not the past either.
    pub(super) fn keeping(self, as_of: Option<String>) -> Here {
        Here { past: self.past.filter(|_| as_of.is_some()), as_of, ..self }
    }
}

impl Page {
    /// The page, whole.
    pub(super) fn draw(&self, actor: Option<&str>) -> Markup {
        let title = match &self.here.ledger {
            Some((_, ledger)) if *ledger != self.title => format!("{} · {ledger} · OKR Ledger", self.title),
            _ => format!("{} · OKR Ledger", self.title),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="icon" type="image/svg+xml" href=(ICON.path);
                    link rel="stylesheet" href=(STYLE.path);
                    script src=(SCRIPT.path) defer {}
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        (self.crumbs())
                        (who(actor))
                    }
                    (self.tabs())
                    main #main {
                        (self.half())
                        (self.past())
                        (self.recorded())
                        (self.body)
                    }
                    @if let Some(known) = &self.here.known { footer #known data-part { (known) } }
                }
            }
        }
    }

    /// A word that much is missing, which nobody is to miss either.
    fn half(&self) -> Markup {
        html! {
            @if let Some(all) = self.here.awaits {
                p.notice.past #half role="status" {
                    "Not all of this ledger is here: the taking of its copy, of " (all) " events, was cut short. "
                    "Nothing can be recorded until " code { "okr-ledger import" } " has taken it to its end."
                }
            }
        }
    }

    /// A word that this is no longer so, which nobody is to miss.
    fn past(&self) -> Markup {
        html! {
            div #past data-part {
                @if let Some(at) = self.here.past {
                    p.notice.past role="status" {
                        "This is the past: what the ledger knew on " (when::minute(at)) ". "
                        a href="?" { "See how it stands now" }
                    }
                }
            }
        }
    }

    fn recorded(&self) -> Markup {
        let (Some(seq), Some((slug, _))) = (self.here.recorded, &self.here.ledger) else { return html! {} };
        html! { p.notice.fine #recorded role="status" { "Recorded: " a href={ "/ledgers/" (slug) "/events/" (seq) } { "event " (seq) } "." } }
    }

    fn crumbs(&self) -> Markup {
        html! {
            nav.crumbs aria-label="Where you are" {
                a.brand href="/" { (mark()) span { "OKR Ledger" } }
                @if let Some((slug, title)) = &self.here.ledger {
                    a href={ "/ledgers/" (slug) } { (title) }
                    @if let Some((id, title)) = &self.here.cycle {
                        a href={ "/ledgers/" (slug) "/cycles/" (id) } { (title) }
                    }
                }
            }
        }
    }

    fn tabs(&self) -> Markup {
        let Some((slug, _)) = &self.here.ledger else { return html! {} };
        let keep = self.here.as_of.as_ref().map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
        let mut tabs = Vec::new();
        if let Some((id, _)) = &self.here.cycle {
            let cycle = format!("/ledgers/{slug}/cycles/{id}");
            tabs.push((Tab::Board, "Board", format!("{cycle}{keep}")));
            tabs.push((Tab::Attention, "Attention", format!("{cycle}/attention{keep}")));
            tabs.push((Tab::Audit, "Audit", format!("{cycle}/audit{keep}")));
            tabs.push((Tab::Goalposts, "Goalposts", format!("{cycle}/goalposts{keep}")));
            tabs.push((Tab::Replay, "Replay", format!("{cycle}/replay")));
            tabs.push((Tab::Retrospective, "Retrospective", format!("{cycle}/retrospective{keep}")));
            tabs.push((Tab::Calibration, "Calibration", format!("{cycle}/calibration{keep}")));
            tabs.push((Tab::Reports, "Reports", format!("/ledgers/{slug}/board-reports?cycle={id}")));
            tabs.push((Tab::CheckIn, "Check in", format!("{cycle}/check-in")));
            tabs.push((Tab::Proposals, "Proposals", format!("{cycle}/proposals")));
            tabs.push((Tab::Events, "Events", format!("/ledgers/{slug}/events?cycle={id}")));
        } else {
            tabs.push((Tab::None, "Cycles", format!("/ledgers/{slug}")));
            tabs.push((Tab::Reports, "Reports", format!("/ledgers/{slug}/board-reports")));
            tabs.push((Tab::Events, "Events", format!("/ledgers/{slug}/events")));
        }
        html! {
            nav.tabs #tabs data-part aria-label="Pages" {
                @for (tab, name, address) in &tabs {
                    a href=(address) aria-current=[(*tab == self.here.tab).then_some("page")] { (name) }
                }
            }
        }
    }
}

/// Who one is, and the way to say so.
fn who(actor: Option<&str>) -> Markup {
    html! {
        a.who href="/actor" {
            @match actor {
                Some(name) => { span.avatar aria-hidden="true" { (initials(name)) } span.name { (name) } }
                None => "Who are you?",
            }
        }
    }
}

fn initials(name: &str) -> String {
    let words = name.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_uppercase));
    let initials: String = words.filter_map(|word| word.chars().next()).take(2).collect();
    if initials.is_empty() { name.chars().take(1).collect() } else { initials }
}

/// The house's mark.
fn mark() -> Markup {
    PreEscaped(include_str!("static/icon.svg").to_owned())
}
