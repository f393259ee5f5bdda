//! Auto Scaling: how many machines a group keeps, between which bounds.

use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{rows, text, texts};

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let asked = json!({"AutoScalingGroupNames.member.1": subject.id});
    let main = view.ask("autoscaling", "DescribeAutoScalingGroups", asked).await;
    let Some(row) = seen.main(main, "AutoScalingGroups") else { return };
    seen.tagged(&row, "Tags");
    seen.name = Some(text(&row, "AutoScalingGroupName"));
    seen.was_number(&row, &[("min", "MinSize"), ("max", "MaxSize"), ("desired", "DesiredCapacity")]);
    seen.was("state", text(&row, "Status"));
    seen.was_truth(&row, &[("scale_in_protection", "NewInstancesProtectedFromScaleIn")]);
    let machines = rows(&row, "Instances");
    let serving = machines.iter().filter(|row| text(row, "LifecycleState") == "InService").count();
    seen.was("in_service", serving);
    for machine in machines {
        let how = format!("is one of its instances ({})", text(machine, "LifecycleState"));
        seen.depends(Dependent::new("aws_instance", &text(machine, "InstanceId"), &how, Link::Owner));
    }
    for arn in texts(&row, "TargetGroupARNs") {
        seen.depends(Dependent::new(
            "aws_lb_target_group",
            &arn,
            "sends traffic to its instances",
            Link::Mention,
        ));
    }
}
