//! What a broadcast says on the command line: a bar, lines, or JSON; and who was not told.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    time::Duration,
};

use chinwag::outbound::{Event, Progress, Stage, Untold};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::tell;

/// People who are named on standard error, unless there is a file for them.
const NAMED: u64 = 20;
/// A line of progress for each so many words of it, where there is no terminal: twice a second are
/// many.
const EACH: u32 = 20;

/// Where it is said.
enum Way {
    Bar(ProgressBar),
    Lines { words: u32 },
    Json,
}

/// Hears of a broadcast, and says it.
pub(crate) struct Told {
    way: Way,
    file: Option<BufWriter<File>>,
    untold: u64,
}

impl Told {
    pub(crate) fn new(
        json: bool,
        is_terminal: bool,
        untold: Option<PathBuf>,
    ) -> chinwag::Result<Self> {
        let file = untold.map(|path| {
            let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()));
            let mut file = BufWriter::new(file?);
            writeln!(file, "line,contact,why").map_err(|error| error.to_string())?;
            Ok::<_, String>(file)
        });
        let way = if json {
            Way::Json
        } else if is_terminal {
            Way::Bar(bar())
        } else {
            Way::Lines { words: 0 }
        };
        Ok(Self { way, file: file.transpose()?, untold: 0 })
    }

    pub(crate) fn hear(&mut self, event: Event) {
        if let Way::Json = self.way
            && let Ok(line) = serde_json::to_string(&event)
        {
            tell(io::stdout(), line);
        }
        match event {
            Event::Progress(progress) => self.progress(&progress),
            Event::Refused(untold) | Event::Failed(untold) => self.untold(&untold),
            _ => {}
        }
    }

    fn progress(&mut self, progress: &Progress) {
        match &mut self.way {
            Way::Json => {}
            Way::Bar(bar) => {
                if let Some(left) = progress.left {
                    bar.set_length(progress.seen() + left);
                }
                bar.set_position(progress.seen() - progress.waiting);
                bar.set_message(in_words(progress));
            }
            Way::Lines { words } => {
                if words.is_multiple_of(EACH) || progress.stage != Stage::Running {
                    tell(io::stdout(), in_words(progress));
                }
                *words += 1;
            }
        }
    }

    fn untold(&mut self, untold: &Untold) {
        let Untold { line, contact, why } = untold;
        self.untold += 1;
        if let Some(file) = &mut self.file {
            // A spreadsheet is not to take a number for a sum.
            let mark = if contact.as_str().starts_with('+') { "'" } else { "" };
            drop(writeln!(file, "{line},{mark}{},\"{why}\"", contact.as_str()));
        } else if self.untold <= NAMED && !matches!(self.way, Way::Json) {
            let said = format!("line {line}: {} is not told: {why}", contact.masked());
            match &self.way {
                Way::Bar(bar) => bar.suspend(|| tell(io::stderr(), said)),
                _ => tell(io::stderr(), said),
            }
        }
    }

    /// Nothing more comes.
    pub(crate) fn end(mut self) {
        if let Way::Bar(bar) = &self.way {
            bar.abandon();
        }
        if let Some(file) = &mut self.file {
            drop(file.flush());
        } else if self.untold > NAMED && !matches!(self.way, Way::Json) {
            let more = self.untold - NAMED;
            tell(io::stderr(), format_args!("and {more} more; --untold FILE names them all"));
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// `12 told, 1 refused, 4 wait, 83 left; 79.5 a second, 1 min left`.
pub(crate) fn in_words(progress: &Progress) -> String {
    let Progress { told, before, refused, failed, waiting, left, per_second, .. } = *progress;
    let counts = [
        (Some(told), "told"),
        (Some(before), "told before"),
        (Some(refused), "refused"),
        (Some(failed), "failed"),
        (Some(waiting), "wait"),
        (left, "left"),
    ];
    let counts = counts.into_iter().filter_map(|(count, what)| Some((count?, what)));
    let counts = counts.filter(|(count, what)| *count > 0 || *what == "told");
    let words =
        counts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
    let rate = match progress.stage {
        Stage::Paused => "paused".to_owned(),
        Stage::Quiet => "the others have quiet hours".to_owned(),
        Stage::Stopped => "stopped".to_owned(),
        Stage::Done => "done".to_owned(),
        _ if per_second > 0.0 => {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let rest = left.map(|left| (left + waiting) as f64 / per_second);
            let minutes = rest.map(|rest| Duration::from_secs_f64(rest).as_secs().div_ceil(60));
            let rest = minutes.map(|minutes| format!(", about {minutes} min"));
            format!("{per_second} a second{}", rest.unwrap_or_default())
        }
        _ => return words,
    };
    format!("{words}; {rate}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_is_one_line() {
        let all = Progress {
            told: 1_200,
            before: 5,
            refused: 3,
            failed: 1,
            waiting: 80,
            left: Some(8_711),
            per_second: 79.5,
            ..Progress::default()
        };
        let counts = "1200 told, 5 told before, 3 refused, 1 failed, 80 wait, 8711 left";
        for (stage, end) in [
            (Stage::Running, "; 79.5 a second, about 2 min"),
            (Stage::Paused, "; paused"),
            (Stage::Quiet, "; the others have quiet hours"),
            (Stage::Stopped, "; stopped"),
        ] {
            assert_eq!(in_words(&Progress { stage, ..all.clone() }), format!("{counts}{end}"));
        }
        assert_eq!(in_words(&Progress::default()), "0 told");
    }
}
