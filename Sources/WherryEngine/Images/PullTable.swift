import Synchronization
import WherryModel
package import WherryWire

/// Lets pulls of the same image share one fetch: the first caller fetches, the others wait and see its progress.
/// When the first caller goes away, one of the others takes over; what was staged resumes.
package final class PullTable: Sendable {
  package typealias Progress = @Sendable (PullProgress) -> Void

  private enum Outcome: Sendable {
    case finished(Result<FetchedImage, WherryError>)
    case takeOver
  }

  private struct Waiter {
    var continuation: CheckedContinuation<Outcome, any Error>
    var progress: Progress
  }

  private struct Pull {
    var waiters: [UInt64: Waiter] = [:]
  }

  private let pulls = Mutex<[String: Pull]>([:])
  private let waiterNumbers = Atomic<UInt64>(0)

  package init() {}

  /// How many callers wait for a fetch of `key` that another one makes.
  package func waiters(of key: String) -> Int { pulls.withLock { $0[key]?.waiters.count ?? 0 } }

  package func isPulling(_ key: String) -> Bool { pulls.withLock { $0[key] != nil } }

  package func pull(
    _ key: String, progress: @escaping Progress, fetch: (@escaping Progress) async throws -> FetchedImage
  ) async throws -> FetchedImage {
    while true {
      try Task.checkCancellation()
      let isOwner = pulls.withLock { pulls in
        guard pulls[key] == nil else { return false }
        pulls[key] = Pull()
        return true
      }
      if isOwner { return try await own(key, progress: progress, fetch: fetch) }
      switch try await wait(key, progress: progress) {
      case .finished(let result): return try result.get()
      case .takeOver: continue
      }
    }
  }

  private func own(
    _ key: String, progress: @escaping Progress, fetch: (@escaping Progress) async throws -> FetchedImage
  ) async throws -> FetchedImage {
    do {
      let image = try await fetch { item in
        progress(item)
        let others = self.pulls.withLock { $0[key].map { Array($0.waiters.values) } ?? [] }
        for other in others { other.progress(item) }
      }
      leave(key, .finished(.success(image)))
      return image
    } catch let error as WherryError where !Task.isCancelled {
      leave(key, .finished(.failure(error)))
      throw error
    } catch {
      leave(key, .takeOver)
      throw error
    }
  }

  /// Who leaves hands on all that waited.
  private func leave(_ key: String, _ outcome: Outcome) {
    let waiters = pulls.withLock { pulls in
      pulls.removeValue(forKey: key).map { Array($0.waiters.values) } ?? []
    }
    for waiter in waiters { waiter.continuation.resume(returning: outcome) }
  }

  private func wait(_ key: String, progress: @escaping Progress) async throws -> Outcome {
    let number = waiterNumbers.wrappingAdd(1, ordering: .relaxed).newValue
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let early: Result<Outcome, any Error>? = pulls.withLock { pulls in
          if Task.isCancelled { return .failure(CancellationError()) }
          guard pulls[key] != nil else { return .success(.takeOver) }
          pulls[key]?.waiters[number] = Waiter(continuation: continuation, progress: progress)
          return nil
        }
        if let early { continuation.resume(with: early) }
      }
    } onCancel: {
      let waiter = pulls.withLock { $0[key]?.waiters.removeValue(forKey: number) }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }
}
