import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct ImagePinVerb: Verb {
  static let synopsis = "image pin IMAGE [IMAGE...]"
  static let configuration: CommandConfiguration = describe(
    "image pin", "Keep images from every clean-up and prune")
  static let flagSet = FlagSet(flags: [])

  @Argument var images: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(images, .atLeast(1))
    return try await context.pin(images, true)
  }
}

struct ImageUnpinVerb: Verb {
  static let synopsis = "image unpin IMAGE [IMAGE...]"
  static let configuration: CommandConfiguration = describe(
    "image unpin", "Let clean-up and prune remove images again")
  static let flagSet = FlagSet(flags: [])

  @Argument var images: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(images, .atLeast(1))
    return try await context.pin(images, false)
  }
}

extension Context {
  fileprivate func pin(_ images: [String], _ pinned: Bool) async throws -> Int32 {
    let client = try await connect()
    var failed = false
    for image in images {
      do {
        _ = try await client.imagePin(ImagePinParams(image: image, pinned: pinned))
        try console.print(image)
      } catch let error as ConsoleError {
        throw error
      } catch {
        failed = true
        console.report(error)
      }
    }
    return failed ? 1 : 0
  }
}
