package content

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// rule reads what makes a hunt an analytic rule. A file with none of its keys is a hunting query.
func (r *yamlReader) rule(root *yaml.Node) {
	h := r.hunt
	h.Trigger = r.trigger(root)
	if h.Kind != "Scheduled" && h.Kind != "NRT" && !hasAny(root, "severity", "queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold", "customDetails",
		"alertDetailsOverride", "eventGroupingSettings", "incidentConfiguration", "suppressionDuration", "suppressionEnabled") {
		return
	}
	rule := &Rule{
		Severity:      r.oneOf(root, "severity", "Informational", "Low", "Medium", "High"),
		Status:        r.text(root, "status"),
		Frequency:     r.duration(root, "queryFrequency"),
		Period:        r.duration(root, "queryPeriod"),
		Suppression:   Suppression{r.flag(root, "suppressionEnabled"), r.duration(root, "suppressionDuration")},
		EventGrouping: r.oneOf(r.child(root, "eventGroupingSettings"), "aggregationKind", "SingleAlert", "AlertPerResult"),
		Incident:      r.incident(r.child(root, "incidentConfiguration")),
		CustomDetails: r.customDetails(root),
		AlertDetails:  r.alertDetails(root),
	}
	h.Rule = rule
	r.checkSchedule(rule)
}

func hasAny(n *yaml.Node, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, v := lookup(n, name); return !absent(v) })
}

// checkSchedule warns about times that Microsoft Sentinel does not import.
func (r *yamlReader) checkSchedule(rule *Rule) {
	f, p := rule.Frequency, rule.Period
	for _, d := range []Duration{f, p} {
		if d.Text != "" && (d.Value < minSchedule || d.Value > maxSchedule) {
			r.warn(d.Span, fmt.Sprintf("%s is not between 5 minutes and 14 days: Microsoft Sentinel does not import the rule", d.Text))
		}
	}
	switch {
	case f.Text == "" || p.Text == "":
	case p.Value < f.Value:
		r.warn(p.Span, fmt.Sprintf("the query sees %s and runs every %s: events between are never seen", p.Text, f.Text))
	case p.Value >= longPeriod && f.Value < minLongInterval:
		r.warn(f.Span, fmt.Sprintf("a rule whose query sees %s runs every hour at most, not every %s", p.Text, f.Text))
	}
}

func (r *yamlReader) warn(at diag.Span, message string) {
	r.hunt.Diagnostics.Add(diag.Diagnostic{Code: CodeMeta, Severity: diag.Warning, Source: r.src, Span: at, Message: message})
}

// trigger reads operator and threshold. Half a trigger or one that is not understood is an error: left out it would change when
// the rule raises an alert.
func (r *yamlReader) trigger(root *yaml.Node) *Trigger {
	opKey, op := lookup(root, "triggerOperator")
	numKey, num := lookup(root, "triggerThreshold")
	switch {
	case absent(op) && absent(num):
		return nil
	case absent(op):
		r.report(CodeTrigger, diag.Error, numKey, "the rule has a triggerThreshold and no triggerOperator")
		return nil
	case absent(num):
		r.report(CodeTrigger, diag.Error, opKey, "the rule has a triggerOperator and no triggerThreshold")
		return nil
	}
	t := &Trigger{Span: r.span(op)}
	var ok bool
	if t.Op, ok = triggerOp(op.Value); !ok {
		r.report(CodeTrigger, diag.Error, op, fmt.Sprintf("expected gt, lt, eq or ne, found %s", op.Value))
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(num.Value), 10, 64)
	if err != nil || n < 0 || n > maxThreshold {
		r.report(CodeTrigger, diag.Error, num, fmt.Sprintf("expected a number of rows from 0 to %d, found %s", maxThreshold, num.Value))
		return nil
	}
	t.Threshold = n
	return t
}

// triggerOp reads the names of YAML and those of the API.
func triggerOp(s string) (TriggerOp, bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "gt", "greaterthan":
		return GreaterThan, true
	case "lt", "lessthan":
		return LessThan, true
	case "eq", "equal":
		return Equal, true
	case "ne", "notequal":
		return NotEqual, true
	}
	return "", false
}

func (r *yamlReader) incident(n *yaml.Node) Incident {
	if n == nil {
		return Incident{}
	}
	i := Incident{Create: r.flag(n, "createIncident")}
	if g := r.child(n, "groupingConfiguration"); g != nil {
		i.Grouping = Grouping{
			Enabled: r.flag(g, "enabled"), Reopen: r.flag(g, "reopenClosedIncident"), Lookback: r.duration(g, "lookbackDuration"),
			Method:   r.oneOf(g, "matchingMethod", "AllEntities", "AnyAlert", "Selected"),
			Entities: r.texts(g, "groupByEntities"), AlertDetails: r.texts(g, "groupByAlertDetails"), CustomDetails: r.texts(g, "groupByCustomDetails"),
		}
	}
	return i
}

func (r *yamlReader) customDetails(root *yaml.Node) []CustomDetail {
	n := r.child(root, "customDetails")
	if n == nil {
		return nil
	}
	var out []CustomDetail
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], resolve(n.Content[i+1])
		if key.Kind != yaml.ScalarNode || v.Kind != yaml.ScalarNode || absent(v) {
			r.meta(key, "not the name of a column")
			continue
		}
		out = append(out, CustomDetail{Key: key.Value, Column: v.Value, Span: r.span(v)})
	}
	if len(out) > maxDetails {
		r.report(CodeMeta, diag.Warning, n, fmt.Sprintf("a rule has at most %d custom details, this one has %d", maxDetails, len(out)))
	}
	return out
}

func (r *yamlReader) alertDetails(root *yaml.Node) AlertDetails {
	n := r.child(root, "alertDetailsOverride")
	if n == nil {
		return AlertDetails{}
	}
	key, _ := lookup(root, "alertDetailsOverride")
	d := AlertDetails{
		Span:       r.span(key),
		NameFormat: r.text(n, "alertDisplayNameFormat"), DescriptionFormat: r.text(n, "alertDescriptionFormat"),
		TacticsColumn: r.text(n, "alertTacticsColumnName"), SeverityColumn: r.text(n, "alertSeverityColumnName"),
	}
	for _, p := range r.items(n, "alertDynamicProperties") {
		d.Properties = append(d.Properties, AlertProperty{Property: r.text(p, "alertProperty"), Column: r.text(p, "value"), Span: r.valueSpan(p, "value")})
	}
	return d
}

// child returns a mapping below a key, nil when there is none.
func (r *yamlReader) child(n *yaml.Node, name string) *yaml.Node {
	key, v := lookup(n, name)
	switch {
	case absent(v):
		return nil
	case v.Kind != yaml.MappingNode:
		r.meta(key, "not a mapping")
		return nil
	}
	return v
}

// oneOf reads a text that is one of a few, whatever its case; the canonical spelling is returned.
func (r *yamlReader) oneOf(n *yaml.Node, name string, allowed ...string) string {
	if n == nil {
		return ""
	}
	s := strings.TrimSpace(r.text(n, name))
	if s == "" {
		return ""
	}
	for _, a := range allowed {
		if strings.EqualFold(a, s) {
			return a
		}
	}
	_, v := lookup(n, name)
	r.report(CodeMeta, diag.Warning, v, fmt.Sprintf("expected %s, found %s", strings.Join(allowed, ", "), s))
	return ""
}

func (r *yamlReader) flag(n *yaml.Node, name string) bool {
	key, v := lookup(n, name)
	if absent(v) {
		return false
	}
	switch strings.ToLower(v.Value) {
	case "true", "yes":
		return true
	case "false", "no":
		return false
	}
	r.meta(key, "neither true nor false")
	return false
}

func (r *yamlReader) duration(n *yaml.Node, name string) Duration {
	text := strings.TrimSpace(r.text(n, name))
	if text == "" {
		return Duration{}
	}
	key, v := lookup(n, name)
	d, ok := parseDuration(text)
	if !ok {
		r.meta(key, fmt.Sprintf("not a length of time such as 5h, 1d or PT5H, but %s,", text))
		return Duration{}
	}
	return Duration{Value: d, Text: text, Span: r.span(v)}
}

// parseDuration reads 5h, 30m, 1d; PT5H, P1DT2H, P2W; 05:00:00 and 1.05:00:00. It is not negative and below a century.
func parseDuration(s string) (time.Duration, bool) {
	if len(s) > 40 {
		return 0, false
	}
	if rest, ok := strings.CutPrefix(strings.ToUpper(s), "P"); ok {
		return isoDuration(rest)
	}
	if strings.Contains(s, ":") {
		return clockDuration(s)
	}
	n := len(s) - 1
	if n < 1 {
		return 0, false
	}
	return scaledDuration(s[:n], s[n:])
}

func isoDuration(s string) (time.Duration, bool) {
	date, clock, hasClock := strings.Cut(s, "T")
	if s == "" || hasClock && clock == "" {
		return 0, false
	}
	total, ok := sumDurations(strings.ToLower(date), "wd")
	if !ok {
		return 0, false
	}
	t, ok := sumDurations(strings.ToLower(clock), "hms")
	return total + t, ok
}

// sumDurations adds numbers with units, each unit once and in the order given.
func sumDurations(s, units string) (total time.Duration, ok bool) {
	for s != "" {
		i := strings.IndexAny(s, "abcdefghijklmnopqrstuvwxyz")
		if i < 1 {
			return 0, false
		}
		k := strings.IndexByte(units, s[i])
		if k < 0 {
			return 0, false
		}
		d, ok := scaledDuration(s[:i], s[i:i+1])
		if !ok {
			return 0, false
		}
		total, s, units = total+d, s[i+1:], units[k+1:]
	}
	return total, true
}

func scaledDuration(number, unit string) (time.Duration, bool) {
	scale := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[unit]
	n, err := strconv.ParseUint(number, 10, 32)
	const century = 100 * 366 * 24 * time.Hour
	if err != nil || scale == 0 || n > uint64(century/scale) {
		return 0, false
	}
	return time.Duration(n) * scale, true
}

func clockDuration(s string) (total time.Duration, ok bool) {
	days, clock, hasDays := strings.Cut(s, ".")
	if !hasDays {
		days, clock = "0", s
	}
	parts := append([]string{days}, strings.Split(clock, ":")...)
	if len(parts) != 4 {
		return 0, false
	}
	for i, unit := range []string{"d", "h", "m", "s"} {
		d, ok := scaledDuration(parts[i], unit)
		if !ok {
			return 0, false
		}
		total += d
	}
	return total, true
}
