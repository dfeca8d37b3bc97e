//! "Two agencies, two terminals" of the README, typed as it stands.

use super::terminal::Terminal;

const README: &str = include_str!("../../../README.md");

/// The blocks of the section, in order: which terminal, and its commands.
fn blocks(readme: &str) -> Vec<(usize, Vec<String>)> {
    let (_, section) = readme.split_once("<!-- two agencies -->").unwrap();
    let (section, _) = section.split_once("<!-- /two agencies -->").unwrap();
    let (mut blocks, mut terminal, mut block) = (Vec::new(), None, None::<Vec<String>>);
    for line in section.lines() {
        match (&mut block, line) {
            (None, "Terminal 1") => terminal = Some(0),
            (None, "Terminal 2") => terminal = Some(1),
            (None, "```sh") => block = Some(Vec::new()),
            (Some(_), "```") => {
                let terminal = terminal.take().expect("a block without its terminal");
                blocks.push((terminal, block.take().unwrap()));
            }
            (Some(commands), line) => match commands.last_mut() {
                Some(last) if last.ends_with('\\') => {
                    last.push('\n');
                    last.push_str(line);
                }
                _ => commands.push(line.to_owned()),
            },
            (None, _) => {}
        }
    }
    blocks
}

/// What stands for the placeholders, found in what a command printed.
#[derive(Default)]
struct Printed {
    invitation: Option<String>,
    fingerprint: Option<String>,
}

impl Printed {
    fn look(&mut self, printed: &str) {
        for line in printed.lines().map(str::trim) {
            if line.starts_with("est1") {
                self.invitation = Some(line.to_owned());
            }
            let groups: Vec<&str> = line.split(' ').collect();
            let is_group = |g: &&str| g.len() == 4 && g.bytes().all(|b| b.is_ascii_hexdigit());
            if groups.len() == 8 && groups.iter().all(is_group) {
                self.fingerprint = Some(line.to_owned());
            }
        }
    }

    fn fill(&mut self, command: &str) -> String {
        let mut command = command.to_owned();
        if command.contains("INVITATION") {
            let invitation = self.invitation.take().expect("no invitation was printed");
            command = command.replace("INVITATION", &invitation);
        }
        if command.contains("\"FINGERPRINT\"") {
            let fingerprint = self.fingerprint.take().expect("no fingerprint was printed");
            command = command.replace("FINGERPRINT", &fingerprint);
        }
        command
    }
}

#[test]
fn readme_runs_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Terminal::open(folder.path(), super::build::folder());
    let mut terminals = [open(), open()];
    let mut printed = [Printed::default(), Printed::default()];
    let blocks = blocks(README);
    assert!(blocks.len() >= 10, "{} blocks", blocks.len());
    for (at, commands) in blocks {
        for command in commands {
            let command = printed[at].fill(&command);
            let said = terminals[at].type_in(&command);
            printed[at].look(&said);
        }
    }
    let [one, other] = terminals
        .each_ref()
        .map(|terminal| terminal.screen.as_str());
    assert!(other.contains("Grey van northbound"), "{other}");
    let (_, track) = one.rsplit_once(" track 1\n").unwrap();
    for rung in ["accepted", "relayed", "delivered", "acknowledged"] {
        assert!(track.contains(rung), "{rung} is missing:\n{one}\n\n{other}");
    }
    assert!(
        track.contains("Insp. Ahl") && track.contains("verified"),
        "{one}"
    );
}
