//! Sites: `mcp-scan catalogue` builds one from saved reports and listings, a scan from what it has just read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::args::{CatalogueArgs, CommonArgs, PolicyFormat, ServerArgs};
use super::diagnose::Messages;
use super::lock::lock;
use super::places::Places;
use super::read::read;
use super::{Exit, config, interrupt, output, preview, ruleset, targets};
use crate::audit::lock::Lock;
use crate::catalogue::{self, Options, Theme};
use crate::model::{Report, TargetError};
use crate::rules::Ruleset;
use crate::source::{Reading, SourceError, Target, TargetCause};
use crate::text::{clean, prose};

/// Builds the site, if there is a report, and serves it, if that was asked for. An error is one of usage, rules or writing.
pub fn run(args: &CatalogueArgs, common: &CommonArgs) -> Result<Exit, TargetError> {
    let messages = Messages { quiet: common.quiet };
    let place = Place::new(&args.output, options(args)?)?;
    let exit = if args.reports.is_empty() { Exit::Done } else { build(args, common, &place, messages)? };
    match args.serve {
        Some(port) if exit == Exit::Done => preview::run(&args.output, port, messages).map(|()| exit),
        _ => Ok(exit),
    }
}

/// Builds the site from the reports that were named. From then on an interrupt ends the program.
fn build(args: &CatalogueArgs, common: &CommonArgs, place: &Place, messages: Messages) -> Result<Exit, TargetError> {
    let mut ruleset = ruleset(common.rules.as_deref())?;
    super::scan::choose_profile(&mut ruleset, &args.profile)?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let approved = args.lock.as_deref().map(lock).transpose()?;
    let asked = targets::numbered(args.reports.iter().map(|word| saved(word)));
    Places::of(&asked)
        .read("the lock", args.lock.as_deref())
        .read("the theme", args.theme.as_deref())
        .read("the configuration", args.config.config.as_deref())
        .read("the folder of rules", common.rules.as_deref())
        .fill("the catalogue", &args.output)?;
    let done = read(&asked, &ServerArgs::default(), &config, None, common)?;
    if !done.unread.is_empty() {
        messages.failure("interrupted before all reports were read; the site is as it was");
        return Ok(Exit::Interrupted);
    }
    interrupt::ends_the_program();
    let Reading { listings, errors } = done.reading;
    let mut report = crate::report_with(listings, errors, &ruleset, &config);
    report.errors.iter().for_each(|error| messages.error(error));
    config::warn(&report.unmatched, messages);
    if report.servers.is_empty() {
        messages.warning("no catalogue was written, because no report could be read");
    } else {
        report.drift = approved.map(|lock| lock.drift(&Lock::of(&report)));
        place.write(&report, &ruleset, messages)?;
    }
    Ok(if report.errors.is_empty() { Exit::Done } else { Exit::Unread })
}

/// A report by its name: nothing that would have to be started or asked over a network.
fn saved(word: &str) -> Result<Target, SourceError> {
    let path = Path::new(word);
    match std::fs::metadata(path) {
        _ if word == "-" => Ok(Target::Stdin),
        Ok(found) if found.is_dir() => Ok(Target::Folder(path.to_owned())),
        Ok(_) => Ok(Target::File(path.to_owned())),
        Err(cause) => Err(SourceError::new(word, TargetCause::NoReport(Arc::new(cause)))),
    }
}

fn options(args: &CatalogueArgs) -> Result<Options, TargetError> {
    let theme = args.theme.as_deref().map(Theme::load).transpose().map_err(|cause| TargetError {
        target: args.theme.as_deref().unwrap_or(Path::new("")).display().to_string(),
        what: "could not read the theme".into(),
        why: cause.to_string(),
        hint: Some(
            "a theme holds files with the names of built-in templates, and assets of its own in `assets/`".into(),
        ),
    })?;
    let default = Options::default();
    Ok(Options {
        title: args.title.clone().unwrap_or(default.title),
        base_url: args.base_url.clone(),
        theme: theme.unwrap_or(default.theme),
        formats: match args.policy_format.as_slice() {
            [] => default.formats,
            named => PolicyFormat::dialects(named),
        },
    })
}

/// The name of a site: a line that can be seen.
pub fn title(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("give the site a name".into()),
        line if line.chars().any(clean::is_unsafe) || line.contains(['\n', '\r', '\t']) => {
            Err("give one line without control or invisible characters".into())
        }
        line => Ok(line.to_owned()),
    }
}

/// The address of a site, a slash at its end.
pub fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|cause| cause.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err("give an http(s) address without `?` and `#`".into());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// A folder for a site, known to be usable.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    options: Options,
}

impl Place {
    /// `dir` as the place for a site; an error when none can be written there.
    pub fn new(dir: &Path, options: Options) -> Result<Self, TargetError> {
        if dir.exists() && !dir.is_dir() {
            return Err(TargetError {
                hint: Some("give the name of a folder; it is made when it is not there".into()),
                ..no_site(dir, "it is a file, not a folder")
            });
        }
        catalogue::check(dir).map_err(|cause| no_site(dir, &cause.to_string()))?;
        Ok(Self { dir: dir.to_owned(), options })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes the site about `report`.
    pub fn write(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), TargetError> {
        let prepared = catalogue::prepare(report, ruleset, &self.dir, &self.options);
        // From here on the folder changes, and an interrupt waits until all of it has.
        let written = prepared.and_then(|prepared| output::undisturbed(|| prepared.finish()));
        let summary = written.map_err(|cause| no_site(&self.dir, &cause.to_string()))?;
        let files = prose::count(summary.pages, "file");
        let (new, gone) = (prose::thousands(summary.written), prose::thousands(summary.removed));
        let index = self.dir.join("index.html");
        messages.note(&format!("wrote {}: a catalogue of {files} ({new} written, {gone} removed)", index.display()));
        Ok(())
    }
}

fn no_site(dir: &Path, why: &str) -> TargetError {
    TargetError {
        target: dir.display().to_string(),
        what: "could not write the catalogue".into(),
        why: why.into(),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_a_name_and_its_base_ends_with_a_slash() {
        assert_eq!(base_url("https://a.example/mcp").unwrap().as_str(), "https://a.example/mcp/");
        assert_eq!(base_url("http://a.example").unwrap().as_str(), "http://a.example/");
        for odd in ["", "  ", "Our\ntools", "\u{202e}tools", "\u{200b}"] {
            assert!(title(odd).is_err(), "{odd:?}");
        }
        assert_eq!(title(" Our tools "), Ok("Our tools".into()));
        for odd in ["a.example", "file:///tmp", "https://a.example/?x", "https://a.example/#x", "javascript:alert(1)"] {
            assert!(base_url(odd).is_err(), "{odd}");
        }
    }
}
