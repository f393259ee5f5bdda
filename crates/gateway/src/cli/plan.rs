//! Terraform's binary plan: copied, hashed, inspected, and rendered by the tool itself.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use holdpoint_core::Source;
use holdpoint_intake::terraform::plan_file;

use crate::cli::exit::{Exit, Failure};

/// A binary plan whose bytes were read once: everything said of it is said of the same bytes.
#[derive(Debug)]
pub(crate) struct Plan {
    /// A private copy, so that nobody changes the file between check and use.
    pub(crate) copy: Private,
    /// Hash, lineage, serial and tool version.
    pub(crate) source: Source,
}

/// A copy of a file in a directory that only this user can enter, removed with the value.
#[derive(Debug)]
pub(crate) struct Private {
    pub(crate) path: PathBuf,
    dir: PathBuf,
}

impl Private {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Result<Self, Failure> {
        let dir = private_dir()?;
        let copy = Self { path: dir.join(name), dir };
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(&copy.path)?;
        file.write_all(bytes)?;
        Ok(copy)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Plan {
    /// Reads, copies and inspects a binary plan.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error.to_string()))?;
        let inspected = plan_file::inspect(&bytes).map_err(|error| unreadable(path, &error.to_string()))?;
        // The tool finds its providers by the current directory, so only the file itself is elsewhere.
        let copy = Private::new("tfplan", &bytes)?;
        let source = Source {
            plan_sha256: Some(inspected.sha256),
            lineage: Some(inspected.lineage),
            serial: Some(inspected.serial),
            workspace: None,
            tool_version: inspected.tool_version,
        };
        Ok(Self { copy, source })
    }

    /// The plan as JSON, as `terraform show -json` prints it.
    pub(crate) fn render(&self, tool: Option<&str>) -> Result<Vec<u8>, Failure> {
        let tool = tool.unwrap_or("terraform");
        let run = command(tool)
            .arg("show")
            .arg("-json")
            .arg("-no-color")
            .arg(&self.copy.path)
            .stdin(Stdio::null())
            .output();
        let output = run.map_err(|error| {
            Failure::new(
                Exit::Unreadable,
                "no_tool",
                format!("cannot run `{tool} show -json` to render the plan: {error}; name the tool with --tool, or hand in its JSON too"),
            )
        })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let says = format!(
                "`{tool} show -json` failed; run this where the plan was made. It said: {}",
                words.trim()
            );
            return Err(Failure::new(Exit::Unreadable, "not_rendered", says));
        }
        Ok(output.stdout)
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(Exit::Unreadable, "unreadable_plan", format!("`{}`: {why}", path.display()))
}

fn private_dir() -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let name = format!("holdpoint-{}", hex::encode(crate::random::bytes::<12>()?));
    let dir = std::env::temp_dir().join(name);
    // create_new semantics: an existing directory, perhaps someone else's, is an error.
    std::fs::DirBuilder::new().mode(0o700).create(&dir)?;
    Ok(dir)
}

/// Reads a document from a file, or from standard input for `-`.
pub(crate) fn document(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error.to_string()))
}

/// The one place of the command line that prepares a process.
#[expect(clippy::disallowed_methods, reason = "the command line's one place that prepares a process")]
pub(crate) fn command(program: &str) -> Command {
    Command::new(program)
}
