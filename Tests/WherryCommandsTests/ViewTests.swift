import Testing
import WherryModel
import WherryWire

@testable import WherryCommands

struct ViewTests {
  static let now = Timestamp(nanoseconds: 1_795_470_341_000_000_000)
  static let id = String(repeating: "0123456789abcdef", count: 4)

  static func ago(_ seconds: UInt64) -> Timestamp {
    Timestamp(nanoseconds: now.nanoseconds - seconds * 1_000_000_000)
  }

  static func summary(_ state: ContainerState) -> ContainerSummary {
    ContainerSummary(
      id: id, name: "web", image: "alpine", imageID: "sha256:" + id, command: ["sleep", "1000"],
      created: ago(130), state: state, startedAt: ago(125), finishedAt: ago(3), exitCode: 137)
  }

  static let statesReadAsDockersCases: [(ContainerState, String)] = [
    (ContainerState.running, "Up 2 minutes"), (.exited, "Exited (137) 3 seconds ago"), (.created, "Created"),
    (.paused, "Up 2 minutes (Paused)"), (.restarting, "Restarting (137) 3 seconds ago"), (.dead, "Dead"),
    (.removing, "Removal In Progress"),
  ]

  @Test(arguments: statesReadAsDockersCases)
  func statesReadAsDockers(_ state: ContainerState, _ expected: String) {
    #expect(ContainerRow(summary: Self.summary(state), now: Self.now).status == expected)
  }

  @Test func psSaysWhenAContainerStartsAgain() {
    var summary = Self.summary(.restarting)
    summary.nextStart = Timestamp(nanoseconds: Self.now.nanoseconds + 12_500_000_000)
    #expect(
      ContainerRow(summary: summary, now: Self.now).status
        == "Restarting (137) 3 seconds ago, again in 12 seconds")
    // It is about to.
    summary.nextStart = Self.ago(1)
    #expect(ContainerRow(summary: summary, now: Self.now).status == "Restarting (137) 3 seconds ago")
  }

  @Test func psPrintsDockersTable() throws {
    let rows = [ContainerRow(summary: Self.summary(.running), now: Self.now).value]
    #expect(
      try TableFormat("", default: ContainerRow.standard).render(rows, headers: ContainerRow.headers) == """
        CONTAINER ID   IMAGE     COMMAND        CREATED         STATUS         PORTS     NAMES
        0123456789ab   alpine    "sleep 1000"   2 minutes ago   Up 2 minutes             web

        """)
  }

  static let psTakesTemplatesCases: [(String, String)] = [
    ("{{.ID}}", "0123456789ab\n"), ("{{.Names}}\\t{{.State}}", "web\trunning\n"),
    ("table {{.Names}}\\t{{.Image}}", "NAMES     IMAGE\nweb       alpine\n"),
    ("{{json .Names}}", "\"web\"\n"),
  ]

  @Test(arguments: psTakesTemplatesCases)
  func psTakesTemplates(_ format: String, _ expected: String) throws {
    let rows = [ContainerRow(summary: Self.summary(.running), now: Self.now).value]
    #expect(
      try TableFormat(format, default: ContainerRow.standard).render(rows, headers: ContainerRow.headers)
        == expected)
  }

  @Test func anImageHasARowForEachName() throws {
    let summary = ImageSummary(
      id: "sha256:" + Self.id,
      references: ["docker.io/library/alpine:latest", "localhost:5000/a/b:1"],
      digests: ["docker.io/library/alpine@sha256:" + Self.id], created: Self.ago(3600 * 24 * 21),
      size: 7_797_760,
      containers: 0)
    let rows = ImageRow.rows(summary, now: Self.now, truncates: true, terminal: false).map(\.value)
    #expect(
      try TableFormat("", default: ImageRow.standard).render(rows, headers: ImageRow.headers) == """
        REPOSITORY           TAG       IMAGE ID       CREATED       SIZE
        alpine               latest    0123456789ab   3 weeks ago   7.8MB
        localhost:5000/a/b   1         0123456789ab   3 weeks ago   7.8MB

        """)
    var dangling = summary
    dangling.references = []
    dangling.digests = []
    let none = ImageRow.rows(dangling, now: Self.now, truncates: true, terminal: false)
    #expect(none.map(\.repository) == ["<none>"])
  }

  @Test func inspectPrintsDockersFields() throws {
    var spec = ContainerSpec(image: "alpine")
    spec.command = ["sleep", "1000"]
    spec.labels = ["b": "2", "a": "1"]
    spec.mounts = [Mount(kind: .bind, source: "/a", target: "/b", readOnly: true)]
    spec.resources = Resources(memory: 1 << 26)
    spec.networks = [NetworkAttachment(name: "none")]
    let detail = ContainerDetail(
      id: Self.id, name: "web", spec: spec, imageID: "sha256:" + Self.id, created: Self.now,
      status: ContainerStatus(state: .running, pid: 42, startedAt: Self.now),
      arguments: ["/init", "sleep", "1000"], environment: ["PATH=/bin"], workingDirectory: "/", user: "",
      rootDirectory: "/run/wherry/x", supervisor: "conmon", stopSignal: "SIGTERM", logDriver: "k8s-file")
    let value = ContainerInspect.value(detail)
    let expected: [(String, String)] = [
      ("{{.Id}}", Self.id), ("{{.Name}}", "/web"), ("{{.Path}} {{.Args}}", "/init [sleep 1000]"),
      ("{{.Created}}", "2026-11-23T21:45:41Z"),
      (
        "{{json .State}}",
        #"{"Status":"running","Running":true,"Paused":false,"Restarting":false,"OOMKilled":false,"#
          + #""Dead":false,"Pid":42,"ExitCode":0,"Error":"","StartedAt":"2026-11-23T21:45:41Z","#
          + #""FinishedAt":"0001-01-01T00:00:00Z"}"#
      ),
      ("{{json .Config.Labels}}", #"{"a":"1","b":"2"}"#), ("{{json .Config.Cmd}}", #"["sleep","1000"]"#),
      ("{{json .Config.Entrypoint}}", #"["/init"]"#), ("{{.HostConfig.Memory}}", "67108864"),
      ("{{.HostConfig.NetworkMode}}", "none"), ("{{.HostConfig.RestartPolicy.Name}}", "no"),
      ("{{json .HostConfig.Binds}}", #"["/a:/b:ro"]"#),
      ("{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}}", "bind /a /b false"),
      ("{{.Config.Hostname}}", "0123456789ab"), ("{{.Config.StopSignal}}", "SIGTERM"),
      ("{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}", "none"),
    ]
    for (template, text) in expected { #expect(try Template(template).render(value) == text) }
  }

  @Test func aPullPrintsEachStepOnceWhereItIsNoTerminal() {
    var board = PullBoard(redraws: false)
    let layer = "sha256:" + Self.id
    _ = board.update(PullProgress(layer: layer, phase: .downloading, current: 1, total: 10))
    let first = board.draw()
    #expect(first == "0123456789ab: Pulling fs layer\n")
    _ = board.update(PullProgress(layer: layer, phase: .downloading, current: 5, total: 10))
    let second = board.draw()
    #expect(second == "")
    _ = board.update(PullProgress(layer: layer, phase: .complete))
    let third = board.draw()
    #expect(third == "0123456789ab: Pull complete\n")
  }

  @Test func aPullRedrawsOnATerminal() {
    var board = PullBoard(redraws: true)
    _ = board.update(PullProgress(layer: "sha256:" + Self.id, phase: .downloading, current: 5, total: 10))
    let first = board.draw()
    #expect(first.hasPrefix("\u{1B}[2K0123456789ab: Downloading [=========================>"))
    _ = board.update(PullProgress(layer: "sha256:" + Self.id, phase: .exists))
    let second = board.draw()
    #expect(second == "\u{1B}[1A\r\u{1B}[2K0123456789ab: Already exists\n")
  }
}
