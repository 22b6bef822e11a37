import Testing

@testable import WherryCommands

struct TemplateTests {
  static let value: Value = [
    "Name": "/web", "State": ["Status": "running", "Pid": 42, "Dead": false], "Env": ["A=1", "B=2"],
    "Labels": ["a.b": "c", "x": "<y>"], "None": nil,
    "Mounts": [["Source": "/a", "RW": true], ["Source": "/b", "RW": false]],
  ]

  static let templatesGiveWhatGoGivesCases: [(String, String)] = [
    ("{{.Name}}", "/web"),
    ("{{.State.Status}}: {{.State.Pid}}", "running: 42"),
    ("{{ .State.Status | upper }}", "RUNNING"),
    ("{{json .Labels}}", #"{"a.b":"c","x":"<y>"}"#),
    ("{{json .None}}", "null"),
    ("{{.Env}}", "[A=1 B=2]"),
    ("{{.Labels}}", "map[a.b:c x:<y>]"),
    ("{{.None}}", "<no value>"),
    ("{{index .Labels \"a.b\"}}", "c"),
    ("{{index .Labels `none`}}", ""),
    ("{{index .Env 1}}", "B=2"),
    ("{{join .Env \",\"}}", "A=1,B=2"),
    ("{{len .Env}}", "2"),
    ("{{range .Env}}{{.}};{{end}}", "A=1;B=2;"),
    ("{{range $i, $e := .Env}}{{$i}}={{$e}} {{end}}", "0=A=1 1=B=2 "),
    ("{{range $k, $v := .Labels}}{{$k}}:{{$v}},{{end}}", "a.b:c,x:<y>,"),
    ("{{range .Mounts}}{{if .RW}}{{.Source}}{{else}}({{.Source}}){{end}}{{end}}", "/a(/b)"),
    ("{{range .None}}x{{else}}empty{{end}}", "empty"),
    ("{{if eq .State.Status \"exited\" \"running\"}}yes{{end}}", "yes"),
    ("{{if .State.Dead}}a{{else if gt .State.Pid 40}}b{{else}}c{{end}}", "b"),
    ("{{if and .State.Pid (not .State.Dead)}}ok{{end}}", "ok"),
    ("{{with .State}}{{.Pid}}{{end}}", "42"),
    ("{{with $x := .State.Pid}}{{$x}}{{end}}", "42"),
    ("{{$x := .Name}}{{range .Env}}{{$x}}{{end}}", "/web/web"),
    ("{{$x := 1}}{{range .Env}}{{$x = .}}{{end}}{{$x}}", "B=2"),
    ("{{range .Env}}{{$.Name}}{{end}}", "/web/web"),
    ("{{(index .Mounts 0).Source}}", "/a"),
    ("a {{- .State.Pid -}} b", "a42b"),
    ("a {{/* nothing */}}b", "a b"),
    ("{{printf \"%s=%d%%\" .Name .State.Pid}}", "/web=42%"),
    ("{{println .Name}}", "/web\n"),
    ("{{truncate .Name 2}}", "/w"),
    ("{{pad .Name 1 2}}|", " /web  |"),
    ("{{title \"a bc\"}}", "A Bc"),
    ("{{split \"a,b\" \",\"}}", "[a b]"),
    ("{{\"}}\"}}", "}}"),
    ("{{.Name | printf \"%q\"}}", "\"/web\""),
    ("", ""),
  ]

  @Test(arguments: templatesGiveWhatGoGivesCases)
  func templatesGiveWhatGoGives(_ source: String, _ expected: String) throws {
    #expect(try Template(source).render(Self.value) == expected)
  }

  static let brokenTemplatesAreRefusedCases: [String] = [
    "{{", "{{.Name", "{{if .Name}}", "{{end}}", "{{else}}", "{{nonsense .Name}}", "{{.Name", "{{\"a}}",
    "{{range}}",
    "{{if .A}}{{else}}{{else}}{{end}}", "{{.A ^ .B}}", "{{(.A}}", "{{| json}}", "{{$x : 1}}", "{{range .A}}x",
  ]

  @Test(arguments: brokenTemplatesAreRefusedCases)
  func brokenTemplatesAreRefused(_ source: String) {
    #expect(throws: TemplateError.self) { try Template(source) }
  }

  static let whatAValueLacksIsAnErrorCases: [String] = [
    "{{.Nope}}", "{{.Name.X}}", "{{.None.X}}", "{{$y}}", "{{index .Env 9}}", "{{.Name 1}}",
  ]

  @Test(arguments: whatAValueLacksIsAnErrorCases)
  func whatAValueLacksIsAnError(_ source: String) {
    #expect(throws: TemplateError.self) { try Template(source).render(Self.value) }
  }

  @Test func aMissingFieldIsNamedAsGoNamesIt() {
    #expect(
      throws: TemplateError(
        "template: :1: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"")
    ) { try Template("{{.State.Nope}}").render(Self.value) }
  }

  @Test func nestingIsBounded() {
    let source = String(repeating: "{{if .Name}}", count: 1000) + String(repeating: "{{end}}", count: 1000)
    #expect(throws: TemplateError.self) { try Template(source) }
    let groups =
      "{{" + String(repeating: "(", count: 1000) + ".Name" + String(repeating: ")", count: 1000) + "}}"
    #expect(throws: TemplateError.self) { try Template(groups) }
  }

  @Test func workIsBounded() {
    let many = Value.array((0..<200).map { .int($0) })
    let source =
      String(repeating: "{{range .}}{{range $}}", count: 3) + "x" + String(repeating: "{{end}}", count: 6)
    #expect(throws: TemplateError.self) { try Template(source).render(many) }
  }

  @Test(arguments: 0...40)
  func noPrefixOfATemplateTraps(_ length: Int) {
    let source = "{{range $k, $v := .Labels}}{{$k | json}}{{end}}"
    // Whether it is refused does not matter here.
    do { _ = try Template(String(source.prefix(length))).render(Self.value) } catch { return }
  }
}
