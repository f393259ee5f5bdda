use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::{Ended, command};

/// A copy of a small real project, made of `terraform_data` only.
#[derive(Debug)]
pub struct Project {
    dir: PathBuf,
}

impl Project {
    /// Copies the repository's example into `dir` and initialises it. None, with a word about it, without Terraform.
    #[must_use]
    pub fn new(dir: &Path, test: &str) -> Option<Project> {
        if command("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            eprintln!("skipped: {test} (no terraform here)");
            return None;
        }
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop");
        let dir = dir.join("shop");
        let copied = command("cp").arg("-r").arg(from).arg(&dir).status();
        assert!(copied.unwrap().success());
        let project = Project { dir };
        project.terraform(&["init", "-input=false"]);
        Some(project)
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Runs Terraform and expects it to succeed.
    pub fn terraform(&self, arguments: &[&str]) {
        let mut terraform = command("terraform");
        terraform.args(arguments).arg("-no-color").current_dir(&self.dir).stdin(Stdio::null());
        let ended: Ended = terraform.output().unwrap().into();
        let _ = ended.expect(0);
    }

    /// Applies everything, so that there is something to destroy.
    pub fn apply(&self) {
        self.terraform(&["apply", "-input=false", "-auto-approve"]);
    }

    /// Makes a binary plan that destroys everything; its file name.
    pub fn plan_destroy(&self, file: &str) {
        self.terraform(&["plan", "-input=false", "-destroy", &format!("-out={file}")]);
    }

    /// How many resources there are.
    #[must_use]
    pub fn resources(&self) -> usize {
        let output = command("terraform").args(["state", "list"]).current_dir(&self.dir).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().count()
    }
}

/// Where the AWS provider may lie, as Terraform lays out a mirror of its registry.
const PLUGINS: [&str; 3] =
    ["/opt/tf-plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"];

/// A copy of a project below `tests/aws-tf`, initialised with the AWS provider, which is never downloaded. None, with a
/// word about it, where Terraform or the provider is missing.
#[must_use]
pub fn aws_project(dir: &Path, name: &str) -> Option<PathBuf> {
    let skip = |what: &str| {
        eprintln!("skipped: the project `{name}` (no {what} here)");
        None
    };
    if command("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return skip("terraform");
    }
    let has = |plugins: &&&str| Path::new(plugins).join("registry.terraform.io/hashicorp/aws").is_dir();
    let Some(plugins) = PLUGINS.iter().find(has) else { return skip("AWS provider") };
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("aws-tf").join(name);
    let to = dir.join(name);
    assert!(command("cp").arg("-r").arg(from).arg(&to).status().unwrap().success());
    let mut init = command("terraform");
    init.args(["init", "-input=false", "-no-color", &format!("-plugin-dir={plugins}")]);
    let ended: Ended = init.current_dir(&to).stdin(Stdio::null()).output().unwrap().into();
    let _ = ended.expect(0);
    Some(to)
}
