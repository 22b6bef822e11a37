import Testing
import WherryCBOR
import WherryEngine
import WherryLinux
import WherryModel
import WherryRPC
import WherryService
import WherryWire

@Suite struct ServiceTests {
  @Test func versionAndInfoSayWhatTheyWereGiven() async throws {
    let desk = try await Desk()
    let version = try await desk.calls.systemVersion()
    #expect(version.version == "1.2.3" && version.supervisor == "conmon" && version.runtimeVersion == "1.8.1")
    let info = try await desk.calls.systemInfo()
    #expect(info.containers == 0 && info.images == 0 && info.cgroup == "v2" && info.hostname == "board")
  }

  @Test func anAttachedRunPullsRunsRelaysAndRecords() async throws {
    let desk = try await Desk()
    let call = try await desk.run()
    var items: [SessionOutput] = []
    for try await item in call.output { items.append(item) }
    let result = try await call.result()
    #expect(result.exitCode == 3)
    #expect(items.compactMap(\.progress).map(\.phase) == [.resolving, .complete])
    #expect(items.compactMap(\.started) == [result.id])
    #expect(items.compactMap(\.stdout) == [[111, 117, 116]])
    #expect(items.compactMap(\.stderr) == [[101, 114, 114]])
    let detail = try await desk.calls.containerInspect(ContainerReference(container: "web"))
    #expect(detail.status.state == .exited && detail.status.exitCode == 3)
    #expect(detail.arguments == ["sh"] && detail.unit == nil && detail.supervisor == "conmon")
    let wait = try await desk.calls.containerWait(ContainerReference(container: "web"))
    #expect(wait.exitCode == 3)
  }

  @Test func inputSignalsAndSizesReachTheProcess() async throws {
    let desk = try await Desk()
    desk.supervisor.configure { $0.waitsForInput = true }
    let call = try await desk.run { $0.openStdin = true }
    try await call.send(SessionInput(stdin: [1, 2]))
    try await call.send(SessionInput(signal: "USR1"))
    try await call.send(SessionInput(window: Window(rows: 40, columns: 100)))
    try await call.send(SessionInput(window: Window(rows: .max, columns: 0)))
    try await call.send(SessionInput(stdin: [3], signal: "NOPE"))
    call.end()
    for try await _ in call.output {}
    #expect(try await call.result().exitCode == 3)
    let session = try #require(desk.supervisor.session)
    #expect(session.input == [1, 2, 3])
    #expect(session.events == ["signal 10", "40x100", "close"])
  }

  @Test func withoutOpenInputNothingIsWritten() async throws {
    let desk = try await Desk()
    let call = try await desk.run()
    do { try await call.send(SessionInput(stdin: [1])) } catch {}
    for try await _ in call.output {}
    _ = try await call.result()
    #expect(desk.supervisor.session?.input == [])
  }

  @Test func aClientThatGoesAwayLetsGoAndTheContainerGoesOn() async throws {
    let desk = try await Desk()
    desk.supervisor.configure { $0.waitsForInput = true }
    let call = try await desk.run { $0.openStdin = true }
    for try await item in call.output where item.started != nil { break }
    call.cancel()
    while desk.supervisor.session?.events.contains("detach") != true { await Task.yield() }
    #expect(try await desk.calls.containerList().containers.map(\.state) == [.running])
  }

  @Test func aRunThatRemovesItselfIsGoneWhenItsResultArrives() async throws {
    let desk = try await Desk()
    let call = try await desk.run { $0.autoRemove = true }
    for try await _ in call.output {}
    #expect(try await call.result().exitCode == 3)
    #expect(try await desk.calls.containerList(ContainerListParams(all: true)).containers.isEmpty)
  }

  @Test func aRunThatCannotStartSaysWhyAndRemovesItself() async throws {
    let desk = try await Desk()
    desk.supervisor.configure { $0.startFailure = WherryError(.commandNotFound, "no such file: sh") }
    for autoRemove in [false, true] {
      for detach in [false, true] {
        let call = try await desk.run(
          {
            $0.autoRemove = autoRemove
            $0.name = "c\(autoRemove)\(detach)"
          }, detach: detach)
        #expect(await code { try await call.result() } == .commandNotFound)
      }
    }
    let left = try await desk.calls.containerList(ContainerListParams(all: true)).containers
    #expect(left.map(\.name).sorted() == ["cfalsefalse", "cfalsetrue"])
    #expect(left.allSatisfy { $0.exitCode == 127 })
  }

  @Test func aDetachedRunAnswersWhenItRuns() async throws {
    let desk = try await Desk()
    let call = try await desk.run(detach: true)
    let result = try await call.result()
    #expect(result.exitCode == nil)
    let list = try await desk.calls.containerList().containers
    #expect(list.map(\.id) == [result.id])
    #expect(list.first?.networks == ["bridge"])
    try await desk.stopAndRemove("web")
  }

  @Test func execRelaysAndAnswers() async throws {
    let desk = try await Desk()
    _ = try await desk.run(detach: true).result()
    let call = try await desk.calls.containerExec(ContainerExecParams(container: "web", command: ["id"]))
    for try await _ in call.output {}
    #expect(try await call.result().exitCode == 3)
    let detached = try await desk.calls.containerExec(
      ContainerExecParams(container: "web", command: ["id"], detach: true))
    #expect(try await detached.result().exitCode == nil)
  }

  @Test func logsStream() async throws {
    let desk = try await Desk()
    _ = try await desk.run(detach: true).result()
    desk.supervisor.configure {
      $0.lines = [
        LogLine(stream: .stdout, time: Timestamp(nanoseconds: 1), data: [97, 10]),
        LogLine(stream: .stderr, time: Timestamp(nanoseconds: 2), data: [98, 10]),
      ]
    }
    let call = try await desk.calls.containerLogs(ContainerLogsParams(container: "web"))
    var entries: [LogEntry] = []
    for try await entry in call.output { entries.append(entry) }
    _ = try await call.result()
    #expect(entries.map(\.stream) == [.stdout, .stderr] && entries.map(\.data) == [[97, 10], [98, 10]])
    let missing = try await desk.calls.containerLogs(ContainerLogsParams(container: "nope"))
    #expect(await code { try await missing.result() } == .notFound)
  }

  @Test func imagesArePulledListedImportedAndRemoved() async throws {
    let desk = try await Desk()
    let pull = try await desk.calls.imagePull(ImagePullParams(reference: "alpine"))
    var phases: [PullPhase] = []
    for try await item in pull.output { phases.append(item.phase) }
    let pulled = try await pull.result()
    #expect(phases == [.resolving, .complete] && pulled.changed)
    #expect(pulled.reference == "docker.io/library/alpine@\(pulled.digest)")

    let `import` = try await desk.calls.imageImport(ImageImportParams(reference: "mine", changes: ["USER 5"]))
    for _ in 0..<3 { try await `import`.send(ImportChunk(data: [UInt8](repeating: 0, count: 1000))) }
    `import`.end()
    let imported = try await `import`.result()
    let detail = try await desk.calls.imageInspect(ImageInspectParams(image: "mine"))
    #expect(detail.id == imported.id && detail.author == "3000 bytes" && detail.config.user == "5")

    #expect(
      try await desk.calls.imageList().images.flatMap(\.references).sorted() == [
        "alpine:latest", "mine:latest",
      ])
    let removed = try await desk.calls.imageRemove(ImageRemoveParams(image: "alpine"))
    #expect(removed.untagged.first == "alpine:latest" && removed.deleted == [pulled.id])
    #expect(
      await code { try await desk.calls.imageInspect(ImageInspectParams(image: "alpine")) } == .notFound)
  }

  @Test func errorsKeepTheirHint() async throws {
    let desk = try await Desk()
    do {
      _ = try await desk.calls.containerInspect(ContainerReference(container: "nope\u{1b}[2J"))
      Issue.record("found")
    } catch let error as WherryError {
      #expect(error.code == .notFound && error.hint != nil)
      #expect(!error.message.contains("\u{1b}"))
    }
  }

  @Test func theTableMapsEveryKindOfError() {
    #expect(ErrorMapping.wherryError(SystemError(errno: 28, "write", "x")).code == .noSpace)
    #expect(ErrorMapping.wherryError(CancellationError()).code == .cancelled)
    #expect(ErrorMapping.wherryError(WherryError(.conflict, "x")).code == .conflict)
    struct Other: Error {}
    #expect(ErrorMapping.wherryError(Other()).code == .internal)
    do {
      var reader = CBORReader([0xff])
      _ = try reader.readUInt()
    } catch {
      #expect(ErrorMapping.wherryError(error).code == .invalidArgument)
    }
  }

  // MARK: Who may do what

  @Test(arguments: [Role.viewer, .operator, .admin])
  func theRoleDecides(_ role: Role) async throws {
    // D2: the matrix of role and method is the schema's; here through a connection.
    let desk = try await Desk(role: role)
    let create = await code {
      try await desk.calls.containerCreate(ContainerCreateParams(spec: ContainerSpec(image: "nope")))
    }
    #expect(create == (role == .admin ? .notFound : .permissionDenied))
    let start = await code { try await desk.calls.containerStart(ContainerReference(container: "nope")) }
    #expect(start == (role == .viewer ? .permissionDenied : .notFound))
    #expect(await code { try await desk.calls.containerList() } == nil)
    #expect(await code { try await desk.run().result() } == (role == .admin ? nil : .permissionDenied))
  }

  @Test func everyMethodNeedsItsRole() {
    for method in RPCMethod.all {
      for role in Role.allCases {
        let peer = Peer(role: role, description: "x")
        #expect((Authorisation.refusal(method, peer) == nil) == (role >= method.role))
      }
      // What a viewer may call changes nothing, by name.
      if method.role == .viewer {
        let words = [
          "list", "inspect", "wait", "logs", "version", "info", "top", "stats", "usage", "events", "changes",
          "why", "history", "wear",
        ]
        #expect(words.contains { method.name.hasSuffix($0) }, "\(method.name)")
      }
    }
  }

  @Test func changesAreAuditedAndReadingIsNot() async throws {
    let desk = try await Desk()
    _ = try await desk.run(
      {
        $0.environment = ["SECRET=hunter2"]
        $0.security = Security(privileged: true)
      }, detach: true
    ).result()
    _ = try await desk.calls.containerList()
    _ = await code { try await desk.calls.containerKill(ContainerKillParams(container: "nope\n")) }
    #expect(
      desk.audit == [
        "container-run web of alpine (privileged) by uid 1000 pid 1: done",
        "container-kill nope\\u{a} by uid 1000 pid 1: failed: No such container: nope\\u{a}",
      ])
    // B10
    #expect(!desk.audit.joined().contains("hunter2"))
  }
}

extension Desk {
  func stopAndRemove(_ name: String) async throws {
    _ = try await calls.containerStop(ContainerStopParams(container: name, timeout: 1))
    _ = try await calls.containerRemove(ContainerRemoveParams(container: name))
    _ = try await calls.containerExited(ContainerReference(container: name))
    let restored = try await calls.containerRestore()
    if !restored.failed.isEmpty { throw WherryError(.internal, "\(restored.failed)") }
  }
}
