"""What an API server, its controllers and the kubelet refuse although the schemas allow it. mistakes(objects) names all of it."""

import re

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")  # DNS-1123
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
UNITS = {None: 1, "m": 1e-3, "k": 1e3, "Ki": 2**10, "M": 1e6, "Mi": 2**20, "G": 1e9, "Gi": 2**30, "T": 1e12, "Ti": 2**40}
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Kinds of volumes that pod security `restricted` leaves.
VOLUMES = {"configMap", "secret", "emptyDir", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral", "csi"}
WORKLOADS = ("Deployment", "StatefulSet")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def quantity(text):
    match = QUANTITY.fullmatch(str(text))
    return float(match[1]) * UNITS[match[2]] if match else None


class Checker:
    def __init__(self, objects, secrets):
        self.objects, self.secrets, self.said = objects, secrets, []
        self.known = {(o["kind"], o["metadata"]["name"]): o for o in objects}
        self.workloads = [o for o in objects if o["kind"] in WORKLOADS]

    def refuse(self, item, what):
        self.said.append(f'{item["kind"]} {item["metadata"]["name"]}: {what}')

    def check(self, item, good, what):
        if not good:
            self.refuse(item, what)

    def check_all(self):
        self.check_names()
        for item in self.workloads:
            self.check_workload(item)
        for item in self.objects:
            getattr(self, f'check_{item["kind"].lower()}', lambda _: None)(item)
        return self.said

    def check_names(self):
        self.check(self.objects[0], len(self.known) == len(self.objects), "two objects have one name")
        for item in self.objects:
            name = item["metadata"]["name"]
            self.check(item, LABEL.fullmatch(name) and len(name) <= 63, "the name is no DNS label")
            self.check(item, item["kind"] == "Namespace" or ("Namespace", item["metadata"].get("namespace")) in self.known,
                       "the namespace is not made")

    def selects(self, selector, item):
        labels = item["spec"]["template"]["metadata"]["labels"]
        return bool(selector) and selector.items() <= labels.items()

    def check_workload(self, item):
        spec = item["spec"]
        self.check(item, self.selects(spec["selector"]["matchLabels"], item), "the selector does not match the template's labels")
        others = [o for o in self.workloads if o is not item]
        self.check(item, not any(self.selects(spec["selector"]["matchLabels"], o) for o in others), "it selects another's pods")
        pod = spec["template"]["spec"]
        self.check(item, ("ServiceAccount", pod["serviceAccountName"]) in self.known, "the service account is not made")
        self.check(item, pod.get("restartPolicy", "Always") == "Always", "restartPolicy")
        for constraint in pod.get("topologySpreadConstraints", []):
            self.check(item, self.selects(constraint["labelSelector"]["matchLabels"], item), "it spreads other pods")
        self.check_volumes(item, pod)
        for container in pod["containers"]:
            self.check_container(item, container)
        self.check_restricted(item, pod)

    def check_volumes(self, item, pod):
        claims = [c["metadata"]["name"] for c in item["spec"].get("volumeClaimTemplates", [])]
        names = [v["name"] for v in pod.get("volumes", [])] + claims
        self.check(item, len(set(names)) == len(names), "two volumes have one name")
        mounts = [m for c in pod["containers"] for m in c.get("volumeMounts", [])]
        self.check(item, {m["name"] for m in mounts} == set(names), "volumes and mounts differ")
        paths = [m["mountPath"] for m in mounts]
        self.check(item, len(set(paths)) == len(paths), "two mounts at one path")
        for volume in pod.get("volumes", []):
            if "configMap" in volume:
                self.check(item, ("ConfigMap", volume["configMap"]["name"]) in self.known, "a config map is not made")
            if "secret" in volume:
                keys = self.secrets.get(volume["secret"]["secretName"])
                self.check(item, keys is not None, f'secret {volume["secret"]["secretName"]} is made by nobody')
                wanted = {entry["key"] for entry in volume["secret"].get("items", [])}
                self.check(item, wanted <= set(keys or ()), f"a secret has no {wanted - set(keys or ())}")
        for mount in mounts:
            source = next((v["configMap"]["name"] for v in pod.get("volumes", [])
                           if v["name"] == mount["name"] and "configMap" in v), None)
            if source and "subPath" in mount:
                self.check(item, mount["subPath"] in self.known["ConfigMap", source]["data"], "subPath names no key")

    def check_container(self, item, container):
        ports = {p["name"]: p["containerPort"] for p in container["ports"]}
        self.check(item, len(ports) == len(container["ports"]) == len(set(ports.values())), "ports repeat")
        self.check(item, all(PORT_NAME.fullmatch(name) for name in ports), "a port's name is none")
        self.check(item, not container["image"].endswith(":latest") and ":" in container["image"], "the image has no version")
        names = [entry["name"] for entry in container.get("env", [])]
        self.check(item, len(set(names)) == len(names) and all(map(VARIABLE.fullmatch, names)), "a variable repeats or is none")
        self.check_sources(item, container)
        for kind in PROBES:
            probe = container.get(kind)
            self.check(item, probe is not None, f"{kind} is missing")
            for asked in (probe or {}).get("httpGet"), (probe or {}).get("tcpSocket"), (probe or {}).get("grpc"):
                if asked:
                    self.check(item, asked["port"] in ports or asked["port"] in ports.values(), f"{kind} asks no port of it")
        limits, requests = container["resources"]["limits"], container["resources"]["requests"]
        for name, value in [*limits.items(), *requests.items()]:
            self.check(item, quantity(value) is not None, f"{value} is no quantity")
        for name in limits.keys() & requests.keys():
            self.check(item, (quantity(limits[name]) or 0) >= (quantity(requests[name]) or 0), f"{name}: less than it requests")

    def check_sources(self, item, container):
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                self.check(item, ("ConfigMap", source["configMapRef"]["name"]) in self.known, "a config map is not made")
            else:
                keys = self.secrets.get(source["secretRef"]["name"], ())
                self.check(item, keys and all(map(VARIABLE.fullmatch, keys)), "a secret is made by nobody, or no environment")
        for entry in container.get("env", []):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                self.check(item, reference["key"] in self.secrets.get(reference["name"], ()), "a secret's key is made by nobody")
            self.check(item, isinstance(entry.get("value", ""), str), f'{entry["name"]} is no text')

    def check_restricted(self, item, pod):
        security = pod["securityContext"]
        self.check(item, security.get("runAsNonRoot") and security.get("runAsUser") != 0, "it may run as root")
        self.check(item, security.get("seccompProfile", {}).get("type") == "RuntimeDefault", "seccomp")
        self.check(item, not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")), "it is in the host's spaces")
        for volume in pod.get("volumes", []):
            self.check(item, volume.keys() - {"name"} <= VOLUMES, f'volume {volume["name"]} is of a forbidden kind')
        for container in pod["containers"]:
            own = container.get("securityContext", {})
            self.check(item, own.get("allowPrivilegeEscalation") is False and not own.get("privileged") and
                       own.get("capabilities") == {"drop": ["ALL"]}, "it has privileges")

    def check_statefulset(self, item):
        service = self.known.get(("Service", item["spec"]["serviceName"]))
        self.check(item, service and service["spec"].get("selector") == item["spec"]["selector"]["matchLabels"],
                   "its service is missing or another's")
        for claim in item["spec"].get("volumeClaimTemplates", []):
            self.check(item, quantity(claim["spec"]["resources"]["requests"]["storage"]), "a claim without a size")

    def check_service(self, item):
        found = [o for o in self.workloads if self.selects(item["spec"]["selector"], o)]
        self.check(item, len(found) == 1, "it selects no pods, or several kinds")
        ports = {p["name"] for o in found for c in o["spec"]["template"]["spec"]["containers"] for p in c["ports"]}
        self.check(item, all(p["targetPort"] in ports for p in item["spec"]["ports"]), "a target port is none of its pods'")

    def check_poddisruptionbudget(self, item):
        found = [o for o in self.workloads if self.selects(item["spec"]["selector"]["matchLabels"], o)]
        self.check(item, len(found) == 1, "it selects no pods, or several kinds")
        most = [o["spec"].get("replicas", self.fewest(o)) for o in found]
        self.check(item, all(item["spec"].get("minAvailable", 0) < replicas for replicas in most), "no pod may ever be evicted")

    def fewest(self, workload):
        scalers = [o["spec"] for o in self.objects if o["kind"] == "HorizontalPodAutoscaler"]
        return next((s["minReplicas"] for s in scalers if s["scaleTargetRef"]["name"] == workload["metadata"]["name"]), 1)

    def check_horizontalpodautoscaler(self, item):
        target = item["spec"]["scaleTargetRef"]
        found = self.known.get((target["kind"], target["name"]))
        self.check(item, found and found["apiVersion"] == target["apiVersion"], "it scales nothing")
        if not found:
            return
        self.check(item, "replicas" not in found["spec"], "every kubectl apply takes back what it scaled")
        self.check(item, item["spec"]["minReplicas"] < item["spec"]["maxReplicas"], "it has nothing to choose")
        for metric in item["spec"]["metrics"]:
            requested = found["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
            self.check(item, metric["resource"]["name"] in requested, "a share of what nobody requested")

    def check_networkpolicy(self, item):
        spec = item["spec"]
        for direction in ("ingress", "egress"):
            self.check(item, direction not in spec or direction.capitalize() in spec["policyTypes"], f"{direction} has no effect")
        selectors = [spec["podSelector"]] + [peer["podSelector"] for rule in spec.get("ingress", []) + spec.get("egress", [])
                                             for peer in rule.get("from", []) + rule.get("to", [])
                                             if "podSelector" in peer and "namespaceSelector" not in peer]
        apps = {o["spec"]["template"]["metadata"]["labels"]["app"] for o in self.workloads}
        for selector in selectors:
            named = set(selector.get("matchLabels", {}).values())
            named |= {v for e in selector.get("matchExpressions", []) for v in e["values"]}
            self.check(item, named <= apps, f"no pods are {named - apps}")

    def check_configmap(self, item):
        self.check(item, all(re.fullmatch(r"[-._a-zA-Z0-9]+", key) and isinstance(value, str)
                             for key, value in item["data"].items()), "a key or value that is none")
        self.check(item, sum(map(len, item["data"].values())) < 2**20, "it is larger than 1 MiB")


def mistakes(objects, secrets):
    """`secrets`: {name: its keys}, of which the manifests hold none."""
    return Checker(objects, secrets).check_all()
