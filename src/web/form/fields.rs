//! Form fields, each with its faults.

use maud::{Markup, html};

use super::Sheet;
use crate::web::view::View;

/// Renders the form around its fields: id, name of the sender, faults of the whole form, and buttons.
pub(super) fn form(view: &View<'_>, sheet: &Sheet, action: &str, known: &[&str], says: &str, fields: Markup) -> Markup {
    let adrift =
        sheet.faults.iter().filter(|fault| fault.pointer != "actor" && !known.contains(&fault.pointer.as_str()));
    let adrift: Vec<_> = adrift.collect();
    html! {
        form.sheet #sheet method="post" action=(action) data-advice="" {
            input type="hidden" name="form" value=(sheet.id);
            // Browsers press the first button on Enter.
            button.sr tabindex="-1" aria-hidden="true" { (says) }
            div #advice data-part role="status" {
                @if !sheet.faults.is_empty() {
                    div.notice.refused {
                        p.title { @if sheet.faults.len() == 1 { "Nothing was recorded: one thing is to be mended." } @else { "Nothing was recorded: " (sheet.faults.len()) " things are to be mended." } }
                        @if !adrift.is_empty() { ul { @for fault in &adrift { li { (fault.message) } } } }
                    }
                }
                @if let Some(warnings) = &sheet.tried {
                    @if warnings.is_empty() { div.notice.fine { p.title { "Nothing stands against it. It is not recorded yet." } } }
                    @else {
                        div.notice.advice {
                            p.title { "It can be recorded. The method advises:" }
                            ul { @for warning in warnings { li { (warning.message) } } }
                        }
                    }
                }
            }
            (fields)
            div.send {
                (who(view, sheet))
                div.buttons {
                    button.primary #record { (says) }
                    button name="try" value="yes" { "Check" }
                }
            }
        }
    }
}

fn who(view: &View<'_>, sheet: &Sheet) -> Markup {
    match view.actor {
        Some(name) if sheet.filled.text("actor").is_empty() => {
            html! { p.quiet { "Recorded as " strong { (name) } " · " a href="/actor" { "someone else?" } } }
        }
        _ => text(sheet, "actor", "Who are you?", Some("Asked once, then remembered in this browser."), false),
    }
}
pub(super) fn faults(sheet: &Sheet, name: &str) -> Markup {
    let mine = sheet.faults.iter().filter(|fault| fault.pointer == name || is_inside(&fault.pointer, name));
    html! { div.faults id={ "faults-" (id(name)) } data-part { @for fault in mine { p.fault { (fault.message) } } } }
}

/// Returns true if a pointer leads into the list that a field holds.
fn is_inside(pointer: &str, name: &str) -> bool {
    pointer
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}
pub(super) fn id(name: &str) -> String {
    name.replace('/', ".")
}

fn is_faulty(sheet: &Sheet, name: &str) -> bool {
    sheet.faults.iter().any(|fault| fault.pointer == name || is_inside(&fault.pointer, name))
}

fn label(name: &str, label: &str, hint: Option<&str>) -> Markup {
    html! {
        label for=(id(name)) { (label) }
        @if let Some(hint) = hint { span.hint id={ "hint-" (id(name)) } { (hint) } }
    }
}

/// Renders a text field of one line.
pub(super) fn text(sheet: &Sheet, name: &str, says: &str, hint: Option<&str>, figure: bool) -> Markup {
    filled_text(sheet, name, says, hint, figure, "")
}

/// Renders a text field with a default value.
pub(super) fn filled_text(
    sheet: &Sheet,
    name: &str,
    says: &str,
    hint: Option<&str>,
    figure: bool,
    first: &str,
) -> Markup {
    let typed = sheet.filled.text(name);
    let value = if typed.is_empty() && sheet.is_fresh() { first } else { typed };
    html! {
        div.field.number[figure] {
            (label(name, says, hint))
            input type="text" id=(id(name)) name=(name) value=(value) autocomplete="off"
                inputmode=[figure.then_some("decimal")] aria-invalid=[is_faulty(sheet, name).then_some("true")]
                aria-describedby={ "faults-" (id(name)) };
            (faults(sheet, name))
        }
    }
}
pub(super) fn day(sheet: &Sheet, name: &str, says: &str, hint: Option<&str>) -> Markup {
    html! {
        div.field.number {
            (label(name, says, hint))
            input type="date" id=(id(name)) name=(name) value=(sheet.filled.text(name)) aria-describedby={ "faults-" (id(name)) };
            (faults(sheet, name))
        }
    }
}

/// Renders a text field of several lines.
pub(super) fn prose(sheet: &Sheet, name: &str, says: &str, hint: Option<&str>, rows: u8) -> Markup {
    html! {
        div.field {
            (label(name, says, hint))
            textarea id=(id(name)) name=(name) rows=(rows) aria-invalid=[is_faulty(sheet, name).then_some("true")]
                aria-describedby={ "faults-" (id(name)) } { (sheet.filled.text(name)) }
            (faults(sheet, name))
        }
    }
}

/// Renders a drop-down list without a default.
pub(super) fn one_of(sheet: &Sheet, name: &str, says: &str, hint: Option<&str>, words: &[(String, String)]) -> Markup {
    let chosen = sheet.filled.text(name);
    html! {
        div.field {
            (label(name, says, hint))
            select id=(id(name)) name=(name) aria-describedby={ "faults-" (id(name)) } {
                option value="" { "–" }
                // The current value may no longer be among the choices.
                @if !chosen.is_empty() && !words.iter().any(|(value, _)| value == chosen) { option value=(chosen) selected { (chosen) } }
                @for (value, word) in words { option value=(value) selected[chosen == value] { (word) } }
            }
            (faults(sheet, name))
        }
    }
}

/// Renders radio buttons without a default.
pub(super) fn radios(sheet: &Sheet, name: &str, says: &str, words: &[(&str, &str)]) -> Markup {
    let chosen = sheet.filled.text(name);
    html! {
        fieldset.field {
            legend { (says) }
            @for (value, word) in words {
                label.choice { input type="radio" name=(name) value=(value) checked[chosen == *value]; span { (word) } }
            }
            (faults(sheet, name))
        }
    }
}
