import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// The daemon's side of `load`: the archive goes in, images come out, each committed as a pull's.
struct LoadSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var staging: String

  func run(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, to writer: AsyncWriter
  ) async throws -> [LoadedImage] {
    try await withThrowingTaskGroup(of: [LoadedImage]?.self) { group in
      group.addTask {
        do {
          for try await chunk in archive { try await writer.write(chunk) }
        } catch let error as SystemError where error.errno == EPIPE || error.errno == ECONNRESET {
          // The worker wants no more; it says why, or it is done.
        }
        writer.close()
        return nil
      }
      group.addTask { try await take() }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw WherryError(.internal, "load ended without an image")
    }
  }

  private func take() async throws -> [LoadedImage] {
    var loaded: [LoadedImage] = []
    var events: [WorkerEvent] = []
    var names: [Reference] = []
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .progress: break
      case .image(let texts):
        if texts.isEmpty, !loaded.isEmpty { return loaded }
        // A name that cannot be one is no reason to refuse the image.
        names = texts.prefix(256).compactMap { (text: String) -> Reference? in
          do { return try Reference(text) } catch { return nil }
        }.filter { $0.digest == nil }
      case .document(let kind, let type, let bytes):
        guard events.count < 2 else { throw PullSession.unexpected("more documents") }
        events.append(.document(kind, contentType: type, bytes: bytes))
      case .resolved:
        loaded.append(try await bring(events, names))
        events = []
      case .unpacked, .failed, .pushed: throw PullSession.unexpected("a layer")
      }
    }
  }

  private func bring(_ events: [WorkerEvent], _ names: [Reference]) async throws -> LoadedImage {
    var platform = Platform.current
    for case .document(.configuration, _, let bytes) in events {
      platform = try ImageConfiguration(json: bytes).platform
    }
    let reference = try names.first ?? Reference("loaded")
    let documents = try FetchedDocuments(events, reference: reference, platform: platform)
    let pull = PullSession(
      fetcher: fetcher, session: session, reference: reference, platform: platform, staging: staging
    ) { _ in }
    _ = try await pull.bringAll(documents)
    if names.isEmpty { try await pull.recordUnnamed(documents) }
    for name in names {
      var naming = pull
      naming.reference = name
      _ = try await naming.record(documents)
    }
    return LoadedImage(id: documents.id, references: names)
  }
}
