//! The guards on a tool, by the entries of `guards.yaml`: conditions on the arguments of calls, and whether every call
//! needs approval.

use std::collections::HashSet;

use serde_json::json;

use crate::classify::{words_of_description, words_of_name_and_title, words_of_parameter};
use crate::model::{
    Action, Assessment, Category, Cause, Check, Condition, Guard, JsonTypes, Op, Parameter, RateLimit, Tool,
    UnenforceableGuard,
};
use crate::rules::{GuardEntry, GuardRule, GuardSubject, Profile, Ruleset, Settings};
use crate::text::words::Words;
use crate::text::{clean, prose};
use checks::condition;
use parameters::{ParameterWords, Read, read};

pub(crate) use checks::Checks;

mod checks;
mod further;
mod parameters;

/// Longest parameter path in a message, in characters.
const MAX_PATH: usize = 80;
/// Most guards per tool; a hostile schema has thousands of parameters.
const MAX_GUARDS: usize = 40;

/// The guards on one tool.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    /// The guards in the order of their entries, and per entry in the order of the schema.
    pub(crate) guards: Vec<Guard>,
    /// Why every call needs approval; `None` if it does not.
    pub(crate) asked_about: Option<String>,
    /// True if the only reason for that is what the tool changes, so that operations which only read need none.
    pub(crate) reading_passes: bool,
    /// True if something else is asked about than how much a call reads.
    pub(crate) asks_beyond_extent: bool,
    /// Guards that no condition can express. One that asks is the only reason why every call needs approval; none does
    /// where some are left out.
    unheld: Vec<Guard>,
    /// Why an argument that no condition can inspect makes every call need approval.
    asked_for_unheld: Option<String>,
    /// Why every call needs approval where the category of the tool alone would refuse it.
    pub(crate) asked_in_place_of_refusal: Option<String>,
    /// The rate limit for tools of this kind, which replaces the one of the category.
    pub(crate) limit: Option<RateLimit>,
}

/// The guards of `profile` on `tool`.
pub(crate) fn for_tool(
    tool: &Tool,
    assessment: &Assessment,
    profile: &Profile,
    ruleset: &Ruleset,
    settings: &Settings,
) -> Guards {
    let holds = |rule: &&GuardRule| is_asked(&rule.entry, tool, assessment, profile);
    let asked: Vec<&GuardRule> = ruleset.guards.iter().filter(holds).collect();
    let tool_words = ToolWords::new(tool);
    let (limits, questions): (Vec<&GuardRule>, Vec<&GuardRule>) =
        asked.iter().filter(|rule| tool_words.are_of(rule, tool)).partition(|rule| rule.entry.check.limit().is_some());
    let limit = limits.first().and_then(|rule| rule.entry.check.limit());
    let (milder, questions): (Vec<&GuardRule>, Vec<&GuardRule>) =
        questions.into_iter().partition(|rule| rule.entry.in_place_of_refusal);
    let asked_in_place_of_refusal = milder.first().map(|rule| rule.entry.on_deny.clone());
    let mut found = Guards { limit, asked_in_place_of_refusal, ..Guards::default() };
    let parameters = read(tool);
    let description = tool.description.as_deref();
    let checks = Checks { is_dispatch: !assessment.actions.is_empty(), settings, description };
    let (mut taken, mut reached) = (HashSet::new(), HashSet::new());
    let mut covered: Vec<&str> = Vec::new();
    for rule in asked.into_iter().filter(|rule| rule.entry.of != GuardSubject::Tool && !rule.leaves_out(tool)) {
        let entry = &rule.entry;
        if entry.of == GuardSubject::Further {
            covered.extend(found.add_further(rule, &tool_words, &checks, &parameters));
            continue;
        }
        for (at, read) in parameters.iter().enumerate() {
            let Some(cause) = cause(rule, read, &tool_words, assessment, ruleset) else { continue };
            let is_taken = entry.group.as_ref().is_some_and(|group| taken.contains(&(group, at)));
            if is_taken || entry.only_free && declares_keys(tool, read.parameter) {
                continue;
            }
            let Some(check) = checks.check_for(entry, read.parameter) else { continue };
            taken.extend(entry.group.as_ref().map(|group| (group, at)));
            let guard = guard(entry, check, read.parameter, cause);
            let strict = profile.asks_where_unguarded;
            let skip_if_uninspected = guard.skip_if_uninspected && !strict;
            let guard = Guard { skip_if_uninspected, extent: guard.extent && !strict, ..guard };
            if read.can_be_held(entry) {
                let essential = entry.decides && read.parameter.required;
                let further = checks.further(entry, &guard.check, read.parameter);
                let further: Vec<Guard> = further.into_iter().map(|check| Guard { check, ..guard.clone() }).collect();
                found.add(Guard { fill_in: checks.is_start(entry), essential, ..guard }, read.parameter);
                found.guards.extend(further);
            } else {
                let asks = (strict || !entry.skip_if_unreachable) && reached.insert(at);
                found.add_out_of_reach(guard, read, &parameters, asks);
            }
        }
        if entry.of == GuardSubject::Required {
            one_answer(entry, &mut found.guards);
        }
    }
    // What a tool does is clear if it lies in one argument.
    let is_clear = found.guards.iter().any(|guard| guard.essential);
    let is_guarded = |id: &String| {
        covered.contains(&id.as_str())
            || found.guards.iter().any(|guard| guard.id == *id && is_on_required(guard, tool))
    };
    let asks = |rule: &&&GuardRule| {
        (rule.entry.confidence.is_empty() || !is_clear) && !rule.entry.unless_guarded.iter().any(is_guarded)
    };
    let asking: Vec<&GuardRule> = questions.iter().filter(asks).copied().collect();
    if let Some(rule) = asking.first() {
        found.reading_passes = found.asked_about.is_none()
            && found.asked_for_unheld.is_none()
            && asking.iter().all(|rule| rule.entry.unless_reading);
        found.asked_about = Some(rule.entry.on_deny.clone());
        found.asks_beyond_extent |= asking.iter().any(|rule| !rule.entry.extent || profile.asks_where_unguarded);
    }
    found.with_unheld()
}

impl Guards {
    /// Adds the guards that no condition can express after the others.
    fn with_unheld(mut self) -> Self {
        let fits = self.guards.len() + self.unheld.len() <= MAX_GUARDS;
        if self.asked_about.is_some() || !fits {
            self.unheld.iter_mut().for_each(|guard| guard.asks = false);
        }
        self.asked_about = self.asked_about.or(self.asked_for_unheld.take());
        self.guards.append(&mut self.unheld);
        self.guards.truncate(MAX_GUARDS);
        self
    }

    fn add(&mut self, guard: Guard, parameter: &Parameter) {
        if bars(&guard.check, parameter) && (parameter.required || passes_nothing(&guard.check)) {
            self.asks_beyond_extent |= !guard.extent;
            self.asked_about.get_or_insert_with(|| guard.on_deny.unwrap_or_default());
            return;
        }
        self.guards.push(guard);
    }

    /// Asks about the arguments beside the harmless ones, where the entry is about such a tool; the id of the entry if it is.
    fn add_further<'r>(
        &mut self,
        rule: &'r GuardRule,
        tool: &ToolWords<'_>,
        checks: &Checks<'_>,
        all: &[Read<'_>],
    ) -> Option<&'r str> {
        let entry = &rule.entry;
        let further = further::arguments(rule, all).filter(|_| rule.fits_name(&tool.name))?;
        let is_held = |parameter: &Parameter| {
            let holds = |guard: &&Guard| entry.unless_guarded.contains(&guard.id);
            self.guards.iter().filter(holds).any(|guard| guard.parameters().contains(&parameter.path.as_str()))
        };
        let (_, asked): (Vec<&Parameter>, Vec<&Parameter>) = further.into_iter().partition(|further| is_held(further));
        for parameter in asked {
            let text = format!("Changes more than names, texts and dates ({})", shown(&parameter.path));
            let cause = Cause { id: "further-change".into(), text };
            let check = checks.check_for(entry, parameter);
            check.into_iter().for_each(|check| self.add(guard(entry, check, parameter, cause.clone()), parameter));
        }
        Some(&entry.id)
    }

    /// For an argument within an array, or of a type that the check of `guard` does not support: if it `asks`, calls that
    /// give it, or the argument that contains it, need approval. If these are required, every call does.
    fn add_out_of_reach(&mut self, guard: Guard, of: &Read<'_>, all: &[Read<'_>], asks: bool) {
        let parameter = of.parameter;
        let around = |read: &&Read<'_>| {
            let path = &read.parameter.path;
            let rest = parameter.path.strip_prefix(path.as_str());
            read.leads && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let optional = all.iter().filter(around).map(|read| read.parameter).rfind(|around| !around.required);
        let each = match &guard.check {
            Check::Argument(condition) => Some(condition.clone()).filter(|_| of.leads_by_elements),
            Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => None,
        };
        let guard = Guard { each, ..guard };
        match optional.filter(|_| asks) {
            Some(optional) => {
                let check = Check::Argument(Condition {
                    parameter: optional.path.clone(),
                    op: Op::Exists,
                    value: false.into(),
                    absent_passes: true,
                });
                let is_there = self.guards.iter().any(|other| other.check == check);
                if !is_there {
                    self.guards.push(Guard { asks: true, check, ..guard });
                } else if guard.each.is_some() {
                    self.add_unheld(guard, parameter);
                }
            }
            None if asks => {
                self.asks_beyond_extent |= !guard.extent;
                self.asked_for_unheld.get_or_insert_with(|| not_to_be_tried_again(&parameter.path));
                self.add_unheld(Guard { asks: true, ..guard }, parameter);
            }
            None => self.add_unheld(Guard { asks: false, skip_if_uninspected: true, ..guard }, parameter),
        }
    }

    fn add_unheld(&mut self, guard: Guard, parameter: &Parameter) {
        let check = Check::Unenforceable(UnenforceableGuard { unheld: parameter.path.clone() });
        self.unheld.push(Guard { on_deny: None, check, ..guard });
    }
}

/// True if `guard` compares an argument that every call must give, by the schema or, where that does not declare it, by the
/// guard.
fn is_on_required(guard: &Guard, tool: &Tool) -> bool {
    let Check::Argument(condition) = &guard.check else { return false };
    let declared = tool.parameters.iter().find(|parameter| parameter.path == condition.parameter);
    declared.map_or(!condition.absent_passes, |parameter| parameter.required)
}

/// True for a check that no value of `parameter` passes.
fn bars(check: &Check, parameter: &Parameter) -> bool {
    let bars = |condition: &Condition| {
        condition.op == Op::Exists && condition.value == false && condition.parameter == parameter.path
    };
    matches!(check, Check::Argument(condition) if bars(condition))
}

/// True for a check that no call passes, whether it gives the argument or not.
fn passes_nothing(check: &Check) -> bool {
    matches!(check, Check::Argument(condition) if condition.op == Op::Exists && condition.value == false && !condition.absent_passes)
}

/// The words of a tool.
struct ToolWords<'t> {
    name: Words<'t>,
    title: Words<'t>,
    description: Words<'t>,
}

impl<'t> ToolWords<'t> {
    fn new(tool: &'t Tool) -> Self {
        let [name, title] = words_of_name_and_title(tool);
        Self { name, title, description: words_of_description(tool) }
    }

    fn are_of(&self, rule: &GuardRule, tool: &Tool) -> bool {
        rule.entry.of == GuardSubject::Tool && rule.fits_tool(tool, &self.name, &self.title, &self.description)
    }
}

/// A guard that lets only those operations of a dispatch tool pass that `profile` does not deny; `None` if no
/// comparison can express this.
pub(crate) fn on_operations(
    tool: &Tool,
    assessment: &Assessment,
    profile: &Profile,
    ruleset: &Ruleset,
) -> Option<Guard> {
    let entry = on_operations_entry(ruleset, false)?;
    let parameter = chooser(tool, assessment)?;
    on_those(&|category| profile.refuses(category), parameter, entry, assessment)
}

/// A guard that asks about all operations of a dispatch tool but those that only read; `None` if there are none of either
/// kind, or no comparison can express this.
pub(crate) fn on_changing_operations(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Option<Guard> {
    let entry = on_operations_entry(ruleset, true)?;
    let parameter = chooser(tool, assessment)?;
    let is_harmless = |value: &String| {
        let of_value = assessment.actions.iter().filter(|action| action.value == *value);
        of_value.clone().next().is_some() && of_value.clone().all(|action| action.category == Category::Read)
    };
    // A value of which nothing is known may change something.
    let harmless: Vec<&String> = parameter.values.iter().filter(|value| is_harmless(value)).collect();
    let is_text = parameter.types.are_in(JsonTypes::from_names(["string"]));
    if harmless.is_empty() || !is_text {
        return None;
    }
    let condition = condition(entry, parameter, Op::In, json!(harmless), false);
    let cause = Cause {
        id: "operations".into(),
        text: format!("Chooses between operations, some of which only read ({})", shown(&parameter.path)),
    };
    Some(Guard { essential: true, ..guard(entry, Check::Argument(condition), parameter, cause) })
}

/// The entry about the operations of a dispatch tool that asks about the others, or refuses them.
fn on_operations_entry(ruleset: &Ruleset, asks: bool) -> Option<&GuardEntry> {
    let mut entries = ruleset.guards.iter().map(|rule| &rule.entry);
    entries.find(|entry| entry.of == GuardSubject::Operations && entry.asks == asks)
}

/// The parameter that chooses the operation of a dispatch tool, if a condition can name it.
fn chooser<'t>(tool: &'t Tool, assessment: &Assessment) -> Option<&'t Parameter> {
    let chooser = &assessment.actions.first()?.parameter;
    Some(read(tool).into_iter().find(|read| read.leads && read.parameter.path == *chooser)?.parameter)
}

/// A guard that lets only those operations pass whose category is not refused.
fn on_those(
    is_refused: &dyn Fn(Category) -> bool,
    parameter: &Parameter,
    entry: &GuardEntry,
    assessment: &Assessment,
) -> Option<Guard> {
    let refused: Vec<&Action> = assessment.actions.iter().filter(|action| is_refused(action.category)).collect();
    let is_text = parameter.types.are_in(JsonTypes::from_names(["string"]));
    if refused.is_empty() || !is_text {
        return None;
    }
    let worst = refused.iter().map(|action| action.category).max()?;
    let is_refused = |value: &&String| refused.iter().any(|action| action.value == **value);
    let allowed: Vec<&String> = parameter.values.iter().filter(|value| !is_refused(value)).collect();
    let condition = match allowed.is_empty() {
        // The operations come from a description, which may not list all of them.
        true => {
            let values: Vec<&str> = refused.iter().map(|action| action.value.as_str()).collect();
            condition(entry, parameter, Op::NotIn, json!(values), false)
        }
        false => condition(entry, parameter, Op::In, json!(allowed), false),
    };
    let cause = Cause {
        id: "operations".into(),
        text: format!("Chooses between operations, the worst of them {worst} ({})", shown(&parameter.path)),
    };
    Some(Guard { essential: true, ..guard(entry, Check::Argument(condition), parameter, cause) })
}

/// True if the schema declares a key of the object `parameter`.
fn declares_keys(tool: &Tool, parameter: &Parameter) -> bool {
    let key = |other: &Parameter| other.path.strip_prefix(&parameter.path)?.strip_prefix('.').map(|key| key != "*");
    tool.parameters.iter().any(|other| key(other) == Some(true))
}

/// True if the entry applies to tools of this kind under this profile.
fn is_asked(entry: &GuardEntry, tool: &Tool, assessment: &Assessment, profile: &Profile) -> bool {
    let claims_to_read = tool.annotations.read_only_hint == Some(true) || assessment.category == Category::Read;
    // Of a dispatch tool the operations are known, and guarded by themselves.
    let is_unsure = assessment.actions.is_empty() && entry.confidence.contains(&assessment.confidence);
    entry.of != GuardSubject::Operations
        && (entry.only_for.is_empty() || entry.only_for.contains(&assessment.category))
        && (entry.profiles.is_empty() || entry.profiles.contains(&profile.id))
        && (!entry.reads || claims_to_read)
        && (!entry.undescribed || tool.description.as_ref().is_none_or(|text| text.trim().is_empty()))
        && (entry.confidence.is_empty() || is_unsure)
        && (entry.signals.is_empty() || assessment.signals.iter().any(|signal| entry.signals.contains(&signal.id)))
}

/// Why the entry applies to the parameter; `None` if it does not.
fn cause<'t>(
    rule: &GuardRule,
    read: &Read<'t>,
    tool: &'t ToolWords<'_>,
    assessment: &Assessment,
    ruleset: &'t Ruleset,
) -> Option<Cause> {
    let Read { parameter, words, .. } = read;
    if rule.entry.only_required && !parameter.required {
        return None;
    }
    if rule.entry.of == GuardSubject::Required {
        let (category, path) = (assessment.category, shown(&parameter.path));
        let text = format!("Must be given to {} {category} tool ({path})", prose::article(category.name()));
        return (parameter.required && read.leads && !parameter.path.contains('.'))
            .then(|| Cause { id: "required".into(), text });
    }
    let ParameterWords { name, text, roles } = words.get_or_init(|| {
        let (name, text) = words_of_parameter(parameter);
        let roles = ruleset.inputs.of_parameter(parameter, &name, &text, &tool.description);
        let roles = roles.map(|(_, role)| &role.entry).collect();
        ParameterWords { name, text, roles }
    });
    let role = roles.iter().find(|role| rule.entry.roles.contains(&role.id))?;
    if !rule.fits_words(parameter, name, text, &tool.name, &tool.description) {
        return None;
    }
    let given = assessment.signals.iter().find(|signal| rule.entry.signals.contains(&signal.id));
    let signal = given.and_then(|given| ruleset.signals.iter().find(|signal| signal.id == given.id));
    let (id, reason) = signal.map_or((&role.id, &role.title), |signal| (&signal.id, &signal.text));
    Some(Cause { id: id.clone(), text: format!("{reason} ({})", shown(&parameter.path)) })
}

/// The guard of `entry` on `parameter`.
pub(crate) fn guard(entry: &GuardEntry, check: Check, parameter: &Parameter, cause: Cause) -> Guard {
    Guard {
        cause: Some(cause),
        asks: entry.asks,
        skip_if_uninspected: entry.skip_if_uninspected,
        extent: entry.extent,
        fence: entry.check.fence().to_vec(),
        on_deny: Some(on_deny(entry, &check, parameter)),
        ..Guard::new(entry.id.as_str(), check)
    }
}

fn on_deny(entry: &GuardEntry, check: &Check, parameter: &Parameter) -> String {
    let answer = entry.on_deny.replace("{parameter}", &shown(&parameter.path));
    match check {
        Check::Argument(condition) if condition.value.is_number() => {
            answer.replace("{bound}", &condition.value.to_string())
        }
        Check::Argument(_) | Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => {
            answer.replace(" ({bound} at most)", "")
        }
    }
}

/// Gives all guards of `entry` one message that names all their arguments.
fn one_answer(entry: &GuardEntry, guards: &mut [Guard]) {
    let paths: Vec<String> =
        guards.iter().filter(|g| g.id == entry.id).flat_map(Guard::parameters).map(shown).collect();
    let on_deny = entry.on_deny.replace("{parameter}", &prose::list(&paths));
    guards.iter_mut().filter(|g| g.id == entry.id).for_each(|guard| guard.on_deny = Some(on_deny.clone()));
}

/// The answer where a format refuses every call because it cannot look at the argument.
fn not_to_be_tried_again(path: &str) -> String {
    format!("A person must approve every call, because no rule can read {}: another value does not help.", shown(path))
}

fn shown(path: &str) -> String {
    clean::excerpt(path, MAX_PATH)
}
