// Checks KQL with Microsoft's own parser and binder. One request a line on standard input:
//   {"query": "T | where a == 1", "tables": {"T": {"a": "long", "b": "string"}}}
// one answer a line on standard output: {"ok": true} or {"ok": false, "kind": "verify", "error": "1:10: …"}. It ends when its input ends.
"use strict";

const path = require("path");
const readline = require("readline");
const dir = path.resolve(process.argv[2], "node_modules", "@kusto", "language-service-next");
// The library prints what it loads; standard output is for answers.
const print = console.log;
console.log = console.error;
require(path.join(dir, "bridge.min.js"));
require(path.join(dir, "Kusto.Language.Bridge.min.js"));
const { Kusto } = globalThis;

const { ColumnSymbol, DatabaseSymbol, ScalarTypes, TableSymbol } = Kusto.Language.Symbols;

function table(name, columns) {
  return new TableSymbol.$ctor4(name, Object.entries(columns).map(([column, type]) => {
    const symbol = ScalarTypes.GetSymbol(type);
    if (!symbol) {
      throw new Error(`${name}.${column} has the unknown type ${type}`);
    }
    return new ColumnSymbol(column, symbol);
  }));
}

function check({ query, tables }) {
  const symbols = Object.entries(tables || {}).map(([name, columns]) => table(name, columns));
  const database = new DatabaseSymbol.ctor("db", symbols);
  const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(query, globals);
  const list = code.GetDiagnostics();
  if (list.Count === 0) {
    return { ok: true };
  }
  const errors = [];
  for (let i = 0; i < list.Count; i++) {
    const d = list.getItem(i);
    const before = query.slice(0, d.Start).split("\n");
    errors.push(`${before.length}:${before.at(-1).length + 1}: ${d.Severity} ${d.Code}: ${d.Message}`);
  }
  return { ok: false, kind: "verify", error: errors.join("\n") };
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
  let answer;
  try {
    answer = check(JSON.parse(line));
  } catch (e) {
    answer = { ok: false, kind: "internal", error: String(e && e.stack || e) };
  }
  print(JSON.stringify(answer));
});
