package kql

import (
	"fmt"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// joinKinds are the spellings of kind=. Read-only.
var joinKinds = map[string]ir.JoinKind{
	"innerunique": ir.InnerUnique, "inner": ir.Inner, "leftouter": ir.LeftOuter, "rightouter": ir.RightOuter, "fullouter": ir.FullOuter,
	"leftsemi": ir.LeftSemi, "semi": ir.LeftSemi, "leftanti": ir.LeftAnti, "anti": ir.LeftAnti, "leftantisemi": ir.LeftAnti,
	"rightsemi": ir.RightSemi, "rightanti": ir.RightAnti, "rightantisemi": ir.RightAnti,
}

// option returns a named option of an operator as text.
func option(params []*syntax.Param, name string) (string, *syntax.Param) {
	for _, p := range params {
		if p.Name != name {
			continue
		}
		switch v := p.Value.(type) {
		case *syntax.Name:
			return v.Name, p
		case *syntax.Literal:
			if v.Kind == syntax.KindString {
				return v.Str, p
			}
			return fmt.Sprint(v.Bool), p
		}
		return "", p
	}
	return "", nil
}

func (l *lowerer) join(o *syntax.Join, r *relation, env *scope) {
	kind := ir.InnerUnique
	if text, p := option(o.Params, "kind"); p != nil {
		k, ok := joinKinds[text]
		if !ok {
			l.fail(CodeArguments, p.Span(), "there is no join kind %s", text)
			l.badOp(o, r)
			return
		}
		kind = k
	}
	l.combine(&ir.Join{At: at(o), Kind: kind}, o, o.Right, o.On, r, env)
}

func (l *lowerer) lookup(o *syntax.Lookup, r *relation, env *scope) {
	kind := ir.LeftOuter
	if text, p := option(o.Params, "kind"); p != nil {
		switch text {
		case "leftouter":
		case "inner":
			kind = ir.Inner
		default:
			l.fail(CodeArguments, p.Span(), "there is no lookup kind %s", text)
			l.badOp(o, r)
			return
		}
	}
	l.combine(&ir.Join{At: at(o), Kind: kind, Lookup: true}, o, o.Right, o.On, r, env)
}

func (l *lowerer) combine(j *ir.Join, n syntax.Node, right syntax.Expr, on []syntax.Expr, r *relation, env *scope) {
	rr := l.table(right, env)
	j.Right = rr.pipe
	for _, k := range on {
		for _, part := range chain(k, "and") {
			key, ok := l.joinKey(part, r.row, rr.row)
			if !ok {
				l.badOp(n, r)
				return
			}
			j.On = append(j.On, key)
		}
	}
	if len(j.On) == 0 {
		l.fail(CodeArguments, n.Span(), "the join has no keys")
		l.badOp(n, r)
		return
	}
	switch j.Kind {
	case ir.LeftSemi, ir.LeftAnti:
	case ir.RightSemi, ir.RightAnti:
		r.row = rr.row
	default:
		r.row = joinedRow(j, r.row, rr.row)
	}
	r.add(j)
}

// joinedRow is the row of both sides; clashing names of the right get the first free number.
func joinedRow(j *ir.Join, left, right *schema) *schema {
	out := &schema{open: left.open || right.open}
	used := map[string]bool{}
	for _, c := range left.cols {
		out.cols = append(out.cols, c)
		used[c.Name] = true
	}
	drop := map[string]bool{}
	for _, k := range j.On {
		used[k.Left] = true // exists also where the left side has no schema
		if j.Lookup {
			drop[k.Right] = true
		}
	}
	rename := func(name string) string {
		to := unique(name, used)
		if to != name {
			if j.RightNames == nil {
				j.RightNames = map[string]string{}
			}
			j.RightNames[name] = to
		}
		return to
	}
	for _, c := range right.cols {
		if !drop[c.Name] {
			out.cols = append(out.cols, ir.Column{Name: rename(c.Name), Type: c.Type})
		}
	}
	for _, k := range j.On {
		if _, known := right.find(k.Right); !known && !j.Lookup && used[k.Right] {
			rename(k.Right)
		}
	}
	return out
}

// joinKey reads `a` and `$left.a == $right.b`.
func (l *lowerer) joinKey(x syntax.Expr, left, right *schema) (ir.JoinKey, bool) {
	switch x := x.(type) {
	case *syntax.Name:
		if l.hasColumn(x, left) && l.hasColumn(x, right) {
			return ir.JoinKey{Left: x.Name, Right: x.Name}, l.comparable(x, x.Name, x.Name, left, right)
		}
		return ir.JoinKey{}, false
	case *syntax.Binary:
		if x.Op != "==" {
			break
		}
		a, aLeft, aok := side(x.X)
		b, bLeft, bok := side(x.Y)
		if !aok || !bok || aLeft == bLeft {
			break
		}
		if !aLeft {
			a, b = b, a
		}
		if !l.hasColumn(a, left) || !l.hasColumn(b, right) {
			return ir.JoinKey{}, false
		}
		return ir.JoinKey{Left: a.Name, Right: b.Name}, l.comparable(x, a.Name, b.Name, left, right)
	}
	l.refuse(x.Span(), "this condition of a join", "only equality of two columns is", "extend a column for a computed key first")
	return ir.JoinKey{}, false
}

// side reads $left.name or $right.name.
func side(x syntax.Expr) (name *syntax.Name, left, ok bool) {
	p, ok := x.(*syntax.Path)
	if !ok {
		return nil, false, false
	}
	base, ok := p.X.(*syntax.Name)
	if !ok || base.Name != "$left" && base.Name != "$right" {
		return nil, false, false
	}
	return p.Name, base.Name == "$left", true
}

func (l *lowerer) hasColumn(n *syntax.Name, row *schema) bool {
	return !isBad(l.name(n, &ctx{row: row}))
}

func (l *lowerer) comparable(n syntax.Node, a, b string, left, right *schema) bool {
	ca, _ := left.find(a)
	cb, _ := right.find(b)
	if ca.Type == cb.Type || ca.Type == ir.TypeUnset || cb.Type == ir.TypeUnset || ca.Type.Numeric() && cb.Type.Numeric() {
		return true
	}
	if ca.Type == ir.Dynamic || cb.Type == ir.Dynamic {
		l.refuse(n.Span(), "a join of a dynamic with another type", "", "convert the dynamic column first, for example with tostring()")
		return false
	}
	l.fail(CodeType, n.Span(), "cannot join %s of type %s with %s of type %s", a, ca.Type, b, cb.Type)
	return false
}
