//! `snug check`: settings, database, journal.

use super::{Common, Failure};
use crate::app;

pub(super) fn run(common: Common) -> Result<(), Failure> {
    let loaded = common.load()?;
    println!("ok    settings: all known and within their ranges");
    let findings = app::check(&loaded.config);
    let mut bad = 0;
    for finding in &findings {
        match &finding.result {
            Ok(found) => println!("ok    {}: {found}", finding.part),
            Err(problem) => {
                bad += 1;
                println!("FAIL  {}: {problem}", finding.part);
            }
        }
    }
    match bad {
        0 => Ok(()),
        1 => Err(Failure::failed("one problem, see above")),
        n => Err(Failure::failed(format!("{n} problems, see above"))),
    }
}
