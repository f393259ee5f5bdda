use holdpoint_core::{Backup, Change, Class, Effect, EffectKind, Environment, HazardKind, Link, Manner};
use serde_json::{Value, json};

use super::read;
use crate::ReadError;

fn yaml(text: &str) -> Change {
    read(text.as_bytes()).unwrap()
}

fn of(value: &Value) -> Change {
    read(value.to_string().as_bytes()).unwrap()
}

fn one(change: &Change) -> &Effect {
    assert_eq!(change.effects.len(), 1, "{:?}", change.effects);
    &change.effects[0]
}

fn review(operation: &str, kind: (&str, &str), old: &Value, new: &Value) -> Value {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5", "kind": {"group": kind.0, "version": "v1", "kind": kind.1}, "operation": operation,
        "name": "web", "namespace": "shop", "userInfo": {"username": "agent:claude"},
        "oldObject": old, "object": new, "dryRun": false, "options": {"apiVersion": "meta.k8s.io/v1"}}})
}

fn object(group: &str, kind: &str, rest: Value) -> Value {
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    let mut object =
        json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}});
    for (key, value) in rest.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

/// The hazards of an update of one object.
fn update(group: &str, kind: &str, old: Value, new: Value) -> Vec<(HazardKind, String)> {
    let request = review("UPDATE", (group, kind), &object(group, kind, old), &object(group, kind, new));
    of(&request).effects.iter().flat_map(|e| &e.hazards).map(|h| (h.kind, h.evidence.clone())).collect()
}

fn create(group: &str, kind: &str, new: Value) -> Vec<HazardKind> {
    let request = review("CREATE", (group, kind), &Value::Null, &object(group, kind, new));
    one(&of(&request)).hazards.iter().map(|h| h.kind).collect()
}

fn delete(group: &str, kind: &str, old: Value) -> Effect {
    of(&review("DELETE", (group, kind), &object(group, kind, old), &Value::Null)).effects.remove(0)
}

fn kinds(found: &[(HazardKind, String)]) -> Vec<HazardKind> {
    found.iter().map(|(kind, _)| *kind).collect()
}

#[test]
fn six_namespaces_deleted_are_six_losses_with_all_that_is_in_them() {
    let change = read(include_bytes!("../../../../tests/cases/kubernetes/moj_namespaces.json")).unwrap();
    assert_eq!((change.counts().delete, change.counts().destroys_data, change.effects.len()), (6, 6, 6));
    for effect in &change.effects {
        assert_eq!(
            (effect.effect, effect.class, effect.backup),
            (EffectKind::Delete, Class::Data, Backup::NotShown)
        );
        assert!(effect.has(HazardKind::Cascade) && effect.has(HazardKind::DataLoss));
    }
    assert!(change.effects.iter().any(|e| e.resource.address == "Namespace/ingress-controllers"));
    let critical =
        change.context.environment_signs.iter().find(|(_, says)| says.contains("ingress-controllers"));
    assert_eq!(critical.unwrap().0, Environment::Production);
    assert!(!change.graph.shown);
}

#[test]
fn manifests_are_created_each_under_its_own_address() {
    let change = yaml(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n# nothing\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 3}\n",
    );
    let addresses: Vec<_> = change.effects.iter().map(|e| (e.effect, e.resource.address.as_str())).collect();
    assert_eq!(
        addresses,
        [(EffectKind::Create, "Namespace/shop"), (EffectKind::Create, "shop/Deployment.apps/web")]
    );
    assert!(change.effects.iter().all(|e| e.hazards.is_empty()));
    assert!(change.graph.shown);
    assert_eq!(change.graph.edges()[0].how, Link::Owner);
}

#[test]
fn a_manifest_of_nothing_to_run_may_stop_what_runs() {
    let change = yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 0}\n");
    assert!(one(&change).has(HazardKind::Capacity));
    assert!(create("apps", "Deployment", json!({"spec": {"replicas": 0}})).is_empty());
}

#[test]
fn zero_is_seen_wherever_it_is_written() {
    for (group, kind, old, new) in [
        ("apps", "Deployment", json!({"spec": {"replicas": 3}}), json!({"spec": {"replicas": 0}})),
        ("apps", "StatefulSet", json!({"spec": {}}), json!({"spec": {"replicas": 0}})),
        ("argoproj.io", "Rollout", json!({"spec": {"replicas": 2}}), json!({"spec": {"replicas": 0}})),
        (
            "autoscaling",
            "HorizontalPodAutoscaler",
            json!({"spec": {"minReplicas": 2}}),
            json!({"spec": {"minReplicas": 0}}),
        ),
        ("batch", "CronJob", json!({"spec": {"suspend": false}}), json!({"spec": {"suspend": true}})),
    ] {
        assert_eq!(kinds(&update(group, kind, old, new)), [HazardKind::Capacity], "{kind}");
    }
}

#[test]
fn a_scale_without_a_number_is_a_scale_to_zero() {
    let mut request = review(
        "UPDATE",
        ("autoscaling", "Scale"),
        &json!({"kind": "Scale", "spec": {"replicas": 4}}),
        &json!({"kind": "Scale", "spec": {}}),
    );
    request["request"]["subResource"] = json!("scale");
    request["request"]["resource"] = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    let change = of(&request);
    let effect = one(&change);
    assert_eq!(
        (effect.effect, effect.resource.address.as_str()),
        (EffectKind::Update, "shop/Deployment.apps/web/scale")
    );
    assert!(effect.has(HazardKind::Capacity));
    request["request"]["object"]["spec"] = json!({"replicas": 3});
    assert!(one(&of(&request)).hazards.is_empty());
}

#[test]
fn a_dry_run_reads() {
    let mut request = review("DELETE", ("", "Namespace"), &object("", "Namespace", json!({})), &Value::Null);
    request["request"]["dryRun"] = json!(true);
    let change = of(&request);
    assert_eq!((one(&change).effect, one(&change).hazards.len()), (EffectKind::Read, 0));
}

#[test]
fn an_object_of_a_collection_has_no_name_in_the_request() {
    let mut request = review(
        "DELETE",
        ("", "PersistentVolumeClaim"),
        &object("", "PersistentVolumeClaim", json!({})),
        &Value::Null,
    );
    request["request"]["name"] = json!("");
    let change = of(&request);
    assert_eq!(one(&change).resource.address, "shop/PersistentVolumeClaim/web");
    assert_eq!(one(&change).class, Class::Data);
    request["request"]["oldObject"] = Value::Null;
    assert!(one(&of(&request)).is_asked(Manner::SelectsAll));
}

#[test]
fn requests_come_one_a_line_and_twice_about_the_same() {
    let pod = object("", "Pod", json!({"spec": {"containers": []}}));
    let first = review("CREATE", ("", "Pod"), &Value::Null, &pod).to_string();
    let second = review("DELETE", ("", "Pod"), &pod, &Value::Null).to_string();
    let change = read(format!("{first}\n{second}\n").as_bytes()).unwrap();
    let addresses: Vec<_> = change.effects.iter().map(|e| e.resource.address.as_str()).collect();
    assert_eq!(addresses, ["shop/Pod/web", "shop/Pod/web#2"]);
    // Nothing owns the pod, so nothing makes it again.
    assert!(change.effects[1].has(HazardKind::Capacity));
}

#[test]
fn a_connection_into_a_pod_is_unknown() {
    let mut request = review(
        "CONNECT",
        ("", "PodExecOptions"),
        &Value::Null,
        &json!({"kind": "PodExecOptions", "command": ["sh", "-c", "rm -rf /data"]}),
    );
    request["request"]["subResource"] = json!("exec");
    request["request"]["resource"] = json!({"group": "", "version": "v1", "resource": "pods"});
    let change = of(&request);
    assert_eq!((one(&change).effect, one(&change).resource.kind.as_str()), (EffectKind::Execute, "Pod/exec"));
    assert!(one(&change).has(HazardKind::Unknown));
    assert!(one(&change).after.as_ref().unwrap().get().contains("rm -rf"));
}

#[test]
fn volumes_say_what_becomes_of_the_disk() {
    assert_eq!(delete("", "PersistentVolumeClaim", json!({})).backup, Backup::NotShown);
    let kept = delete("", "PersistentVolume", json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}));
    assert_eq!((kept.class, kept.backup), (Class::Data, Backup::Kept));
    let policy = |policy: &str| json!({"spec": {"persistentVolumeReclaimPolicy": policy}});
    assert_eq!(
        kinds(&update("", "PersistentVolume", policy("Retain"), policy("Delete"))),
        [HazardKind::ProtectionOff]
    );
    assert!(update("", "PersistentVolume", policy("Delete"), policy("Retain")).is_empty());
    assert_eq!(delete("snapshot.storage.k8s.io", "VolumeSnapshot", json!({})).class, Class::Backup);
    let claims = json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}});
    assert!(delete("apps", "StatefulSet", claims).has(HazardKind::DataLoss));
    assert!(!delete("apps", "StatefulSet", json!({"spec": {}})).has(HazardKind::DataLoss));
}

#[test]
fn a_claim_whose_volume_is_retained_loses_no_data() {
    let claim = object("", "PersistentVolumeClaim", json!({}));
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv1"},
        "spec": {"persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "shop", "name": "web"}}});
    let change = of(&json!({"verb": "apply", "old": [claim, volume], "new": [volume]}));
    assert_eq!((one(&change).effect, one(&change).backup), (EffectKind::Delete, Backup::Kept));
    assert_eq!(change.context.unchanged, 1);
}

#[test]
fn a_definition_takes_its_objects_along() {
    let effect = delete(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        json!({"spec": {"names": {"kind": "Database"}}}),
    );
    assert_eq!(effect.class, Class::Data);
    assert!(
        effect.hazards.iter().any(|h| h.kind == HazardKind::Cascade && h.evidence.contains("`Database`"))
    );
}

#[test]
fn what_depends_on_it_stays_when_it_is_orphaned() {
    let mut request =
        review("DELETE", ("apps", "Deployment"), &object("apps", "Deployment", json!({})), &Value::Null);
    assert!(one(&of(&request)).has(HazardKind::Capacity));
    request["request"]["options"]["propagationPolicy"] = json!("Orphan");
    assert!(!one(&of(&request)).has(HazardKind::Capacity));
    request["request"]["options"]["gracePeriodSeconds"] = json!(0);
    assert!(one(&of(&request)).is_asked(Manner::Forced));
}

#[test]
fn guards_that_go_are_hazards() {
    let budget = |max: Value| json!({"spec": {"maxUnavailable": max}});
    assert_eq!(
        kinds(&update("policy", "PodDisruptionBudget", budget(json!(1)), budget(json!("100%")))),
        [HazardKind::ProtectionOff]
    );
    assert!(update("policy", "PodDisruptionBudget", budget(json!(1)), budget(json!(2))).is_empty());
    assert!(delete("policy", "PodDisruptionBudget", json!({})).has(HazardKind::ProtectionOff));
    let meta = |extra: Value| {
        let mut metadata = json!({"name": "web", "namespace": "shop"});
        metadata.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "metadata": metadata })
    };
    let guarded = meta(json!({"finalizers": ["db.example.com/backup"]}));
    assert_eq!(
        kinds(&update("example.com", "Database", guarded.clone(), meta(json!({"finalizers": []})))),
        [HazardKind::ProtectionOff]
    );
    assert!(update("example.com", "Database", meta(json!({})), guarded).is_empty());
    let label = |value: &str| meta(json!({"labels": {"pod-security.kubernetes.io/enforce": value}}));
    assert_eq!(
        kinds(&update("", "Namespace", label("restricted"), label("privileged"))),
        [HazardKind::ProtectionOff]
    );
}

#[test]
fn network_policies_that_open_are_exposure() {
    let rule =
        |rule: Value| json!({"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": rule}});
    let from = json!([{"from": [{"podSelector": {"matchLabels": {"app": "api"}}}]}]);
    assert_eq!(
        kinds(&update("networking.k8s.io", "NetworkPolicy", rule(from.clone()), rule(json!([{}])))),
        [HazardKind::Exposure]
    );
    assert!(update("networking.k8s.io", "NetworkPolicy", rule(json!([{}])), rule(from.clone())).is_empty());
    assert!(delete("networking.k8s.io", "NetworkPolicy", rule(from.clone())).has(HazardKind::Exposure));
    assert!(create("networking.k8s.io", "NetworkPolicy", rule(from)).is_empty());
    assert_eq!(create("networking.k8s.io", "NetworkPolicy", rule(json!([{}]))), [HazardKind::Exposure]);
}

#[test]
fn a_balancer_without_limits_is_exposure() {
    let spec = |spec: Value| json!({ "spec": spec });
    let inside = spec(json!({"type": "ClusterIP", "ports": [{"port": 443}]}));
    let outside = spec(json!({"type": "LoadBalancer", "ports": [{"port": 443}]}));
    assert_eq!(kinds(&update("", "Service", inside.clone(), outside.clone())), [HazardKind::Exposure]);
    assert!(create("", "Service", outside).is_empty());
    let database = json!({"type": "LoadBalancer", "ports": [{"port": 5432}]});
    assert_eq!(create("", "Service", spec(database.clone())), [HazardKind::Exposure]);
    let mut limited = database;
    limited["loadBalancerSourceRanges"] = json!(["10.0.0.0/8"]);
    assert!(create("", "Service", spec(limited)).is_empty());
}

#[test]
fn pods_that_reach_into_the_node_are_privilege() {
    let pod = |spec: Value| json!({"spec": {"template": {"spec": spec}}});
    let plain = json!({"containers": [{"name": "app", "image": "app:1"}]});
    for spec in [
        json!({"containers": [{"name": "app", "securityContext": {"privileged": true}}]}),
        json!({"containers": [{"name": "app"}], "hostNetwork": true}),
        json!({"containers": [{"name": "app"}], "volumes": [{"name": "x", "hostPath": {"path": "/"}}]}),
        json!({"containers": [{"name": "app", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}),
    ] {
        assert_eq!(
            kinds(&update("apps", "Deployment", pod(plain.clone()), pod(spec.clone()))),
            [HazardKind::Privilege]
        );
        let mut other = spec.clone();
        other["containers"][0]["image"] = json!("app:2");
        assert!(update("apps", "Deployment", pod(spec), pod(other)).is_empty());
    }
}

#[test]
fn rights_that_grow_are_privilege() {
    let rules = |verbs: Value, resources: Value| json!({"rules": [{"apiGroups": ["*"], "resources": resources, "verbs": verbs}]});
    assert_eq!(
        create("rbac.authorization.k8s.io", "ClusterRole", rules(json!(["*"]), json!(["*"]))),
        [HazardKind::Privilege]
    );
    assert_eq!(
        create("rbac.authorization.k8s.io", "ClusterRole", rules(json!(["impersonate"]), json!(["users"]))),
        [HazardKind::Privilege]
    );
    assert!(
        create("rbac.authorization.k8s.io", "Role", rules(json!(["get", "list"]), json!(["pods"])))
            .is_empty()
    );
    let binding = |subjects: Value| json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": subjects});
    let (ops, bot) =
        (json!({"kind": "Group", "name": "ops"}), json!({"kind": "User", "name": "agent:claude"}));
    let found = update(
        "rbac.authorization.k8s.io",
        "ClusterRoleBinding",
        binding(json!([ops])),
        binding(json!([ops, bot])),
    );
    assert_eq!(found, [(HazardKind::Privilege, "it gives every right to `agent:claude`".to_owned())]);
    assert_eq!(
        kinds(&update(
            "rbac.authorization.k8s.io",
            "ClusterRoleBinding",
            binding(json!([ops])),
            binding(json!([]))
        )),
        [HazardKind::Lockout]
    );
    assert!(
        delete("rbac.authorization.k8s.io", "ClusterRoleBinding", binding(json!([ops])))
            .has(HazardKind::Lockout)
    );
}

#[test]
fn a_webhook_is_privilege_unless_only_its_certificate_changes() {
    let hook = |policy: &str, bundle: &str| {
        json!({"webhooks": [{"name": "a.example.com", "failurePolicy": policy, "clientConfig": {"caBundle": bundle},
        "rules": [{"apiGroups": ["*"], "resources": ["*/*"]}]}]})
    };
    let group = "admissionregistration.k8s.io";
    assert_eq!(create(group, "ValidatingWebhookConfiguration", hook("Ignore", "")), [HazardKind::Privilege]);
    assert_eq!(
        create(group, "MutatingWebhookConfiguration", hook("Fail", "")),
        [HazardKind::Privilege, HazardKind::Lockout]
    );
    assert!(update(group, "MutatingWebhookConfiguration", hook("Fail", "x"), hook("Fail", "y")).is_empty());
    assert!(delete(group, "ValidatingWebhookConfiguration", hook("Fail", "")).has(HazardKind::ProtectionOff));
}

#[test]
fn no_value_of_a_secret_is_left() {
    let secret = |value: &str| {
        json!({"metadata": {"name": "web", "namespace": "shop", "annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": format!("{{\"stringData\":{{\"x\":\"{value}\"}}}}")}},
        "type": "Opaque", "data": {"plain": value}, "stringData": {"x": value}})
    };
    let request = review(
        "UPDATE",
        ("", "Secret"),
        &object("", "Secret", secret("bm90aGluZw")),
        &object("", "Secret", secret("c2VjcmV0")),
    );
    let change = of(&request);
    let kept = format!(
        "{}{:?}",
        String::from_utf8(change.content().unwrap()).unwrap(),
        change.assessment().unwrap()
    );
    assert!(!kept.contains("c2VjcmV0") && !kept.contains("bm90aGluZw"), "{kept}");
    assert_eq!(one(&change).sensitive_changed.len(), 3);
    assert!(kept.contains("plain"));
}

#[test]
fn the_values_of_a_secret_count_though_nobody_sees_them() {
    let digest = |value: &str| {
        let text =
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{x: {value}}}\n");
        yaml(&text).digest().unwrap()
    };
    assert_ne!(digest("one"), digest("two"));
}

#[test]
fn old_and_new_are_compared_object_by_object() {
    let web = |image: &str, labels: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "resourceVersion": image},
        "spec": {"selector": {"matchLabels": labels}, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}}})
    };
    let map =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old", "namespace": "shop"}});
    let change = of(
        &json!({"old": [web("a:1", json!({"app": "web"})), map], "new": [web("a:2", json!({"app": "web"}))]}),
    );
    let effects: Vec<_> = change.effects.iter().map(|e| (e.effect, e.resource.kind.as_str())).collect();
    assert_eq!(effects, [(EffectKind::Delete, "ConfigMap"), (EffectKind::Update, "Deployment.apps")]);
    let change =
        of(&json!({"old": [web("a:1", json!({"app": "web"}))], "new": [web("a:1", json!({"app": "shop"}))]}));
    assert_eq!(
        (one(&change).effect, one(&change).forced_by.as_slice()),
        (EffectKind::Replace, &["/spec/selector".to_owned()][..])
    );
    assert!(one(&change).has(HazardKind::Capacity));
    let same = of(
        &json!({"old": [web("a:1", json!({}))], "new": {"kind": "List", "apiVersion": "v1", "items": [web("a:1", json!({}))]}}),
    );
    assert_eq!((same.effects.len(), same.context.unchanged), (0, 1));
}

#[test]
fn the_verb_says_what_is_done() {
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}});
    let of_verb = |wrapper: Value| one(&of(&wrapper)).effect;
    assert_eq!(of_verb(json!({"verb": "delete", "new": [claim]})), EffectKind::Delete);
    assert_eq!(of_verb(json!({"verb": "delete", "old": [claim]})), EffectKind::Delete);
    assert_eq!(of_verb(json!({"verb": "replace", "new": [claim]})), EffectKind::Update);
    assert_eq!(of_verb(json!({"verb": "replace", "force": true, "new": [claim]})), EffectKind::Replace);
    assert_eq!(of_verb(json!({"verb": "create", "new": [claim]})), EffectKind::Create);
}

#[test]
fn the_graph_knows_selectors_references_and_owners() {
    let change = yaml(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: web, tier: front}}\n    spec:\n      serviceAccountName: web\n      containers:\n      - name: web\n        envFrom: [{configMapRef: {name: settings}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web}}}]}}]}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: shop}\nspec: {scaleTargetRef: {kind: Deployment, name: web}}\n",
    );
    let graph = &change.graph;
    let link = |from: &str, to: &str| {
        let (from, to) = (graph.find(from).unwrap(), graph.find(to).unwrap());
        graph.edges().iter().find(|e| e.from == from && e.to == to).map(|e| e.how)
    };
    assert_eq!(link("shop/Service/web", "shop/Deployment.apps/web"), Some(Link::Selector));
    assert_eq!(link("shop/Deployment.apps/web", "shop/ConfigMap/settings"), Some(Link::Reference));
    assert_eq!(link("shop/Ingress.networking.k8s.io/web", "shop/Service/web"), Some(Link::Reference));
    assert_eq!(
        link("shop/HorizontalPodAutoscaler.autoscaling/web", "shop/Deployment.apps/web"),
        Some(Link::Reference)
    );
}

#[test]
fn a_custom_kind_is_not_taken_for_another_of_its_name() {
    assert_eq!(delete("serving.knative.dev", "Service", json!({})).class, Class::Unlisted);
    assert_eq!(delete("", "Service", json!({})).class, Class::Traffic);
}

#[test]
fn what_is_something_else_is_refused_by_name() {
    let code = |text: &str| read(text.as_bytes()).unwrap_err().code();
    assert_eq!(code(""), "empty");
    assert_eq!(code("---\n# nothing\n"), "empty");
    assert_eq!(code("Resources: {}"), "wrong_document");
    assert_eq!(code("apiVersion: v1\nkind: Config\nclusters: []"), "wrong_document");
    assert_eq!(
        code("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []"),
        "wrong_document"
    );
    assert_eq!(code("apiVersion: v1\nkind: Pod\n"), "wrong_type");
    assert_eq!(code("apiVersion: v1\nkind: Pod\nmetadata: {name: !Ref x}"), "unknown_tag");
    assert_eq!(code("apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}"), "not_a_key");
    assert_eq!(code("{\"kind\": \"AdmissionReview\", \"response\": {}}"), "wrong_document");
    assert_eq!(code("{\"kind\": \"AdmissionReview\""), "truncated");
    assert_eq!(code("{\"kind\": \"Pod\", \"kind\": \"Pod\"}"), "duplicate_key");
    assert_eq!(code(&"[".repeat(300)), "too_deep");
    assert_eq!(read(b"k8s\0\n\x0c").unwrap_err().code(), "binary");
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    assert!(matches!(read(format!("{twice}---\n{twice}").as_bytes()), Err(ReadError::Twice { .. })));
}

#[test]
fn an_update_that_does_not_show_both_sides_is_unknown() {
    let new = object("apps", "Deployment", json!({"spec": {"replicas": 3}}));
    assert!(one(&of(&review("UPDATE", ("apps", "Deployment"), &Value::Null, &new))).has(HazardKind::Unknown));
    assert!(one(&of(&review("UPDATE", ("apps", "Deployment"), &new, &Value::Null))).has(HazardKind::Unknown));
    assert!(one(&of(&review("MIGRATE", ("apps", "Deployment"), &new, &new))).has(HazardKind::Unknown));
    assert!(of(&review("UPDATE", ("apps", "Deployment"), &new, &new)).effects.is_empty());
}

#[test]
fn dangerous_parts_of_objects_are_named() {
    for (operation, resource, part, kind) in [
        ("CREATE", "serviceaccounts", "token", HazardKind::Privilege),
        ("UPDATE", "certificatesigningrequests", "approval", HazardKind::Privilege),
        ("UPDATE", "pods", "ephemeralcontainers", HazardKind::Privilege),
        ("UPDATE", "namespaces", "finalize", HazardKind::ProtectionOff),
        ("CONNECT", "nodes", "proxy", HazardKind::Privilege),
        ("CONNECT", "pods", "portforward", HazardKind::Unknown),
        ("UPDATE", "things", "strange", HazardKind::Unknown),
    ] {
        let mut request = review(operation, ("", "X"), &Value::Null, &json!({"kind": "X"}));
        request["request"]["subResource"] = json!(part);
        request["request"]["resource"] = json!({"group": "", "version": "v1", "resource": resource});
        assert!(one(&of(&request)).has(kind), "{resource}/{part}");
    }
}

#[test]
fn an_eviction_deletes_the_pod() {
    let mut request = review(
        "CREATE",
        ("policy", "Eviction"),
        &Value::Null,
        &json!({"kind": "Eviction", "metadata": {"name": "web", "namespace": "shop"}}),
    );
    request["request"]["subResource"] = json!("eviction");
    request["request"]["resource"] = json!({"group": "", "version": "v1", "resource": "pods"});
    let change = of(&request);
    let effect = one(&change);
    assert_eq!(
        (effect.effect, effect.class, effect.resource.address.as_str()),
        (EffectKind::Delete, Class::Compute, "shop/Pod/web/eviction")
    );
    assert!(effect.hazards.is_empty());
}
