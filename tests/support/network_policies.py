"""Which pods network policies let speak to which."""


def _matches(selector, labels):
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        within = labels.get(expression["key"]) in expression["values"]
        assert expression["operator"] in ("In", "NotIn"), expression
        if within != (expression["operator"] == "In"):
            return False
    return True


def _lets_through(rules, side, labels, port):
    """Whether one of the rules of a direction names these pods of our namespace, or anybody, and the port."""
    for rule in rules:
        peers = rule.get(side)
        known = peers is None or any("podSelector" in peer and "namespaceSelector" not in peer and
                                     _matches(peer["podSelector"], labels) for peer in peers)
        if known and ("ports" not in rule or any(p["port"] == port and p["protocol"] == "TCP" for p in rule["ports"])):
            return True
    return False


def _allowed(policies, direction, side, own, other, port):
    chosen = [p["spec"] for p in policies
              if direction in p["spec"]["policyTypes"] and _matches(p["spec"]["podSelector"], own)]
    return not chosen or any(_lets_through(p.get(direction.lower(), []), side, other, port) for p in chosen)


def open_ways(policies, pods):
    """{(from, to, port)} between pods, {name: (labels, ports)}; a way is open when both its ends allow it."""
    return {(source, target, port) for source, (from_labels, _) in pods.items()
            for target, (to_labels, ports) in pods.items() for port in ports
            if _allowed(policies, "Egress", "to", from_labels, to_labels, port)
            and _allowed(policies, "Ingress", "from", to_labels, from_labels, port)}
