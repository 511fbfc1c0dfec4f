import Basics
import EngineTestKit
import Foundation
import Pipeline
import Testing

/// Two workspaces whose stores are built into, collected, bundled, checked, shared, damaged and left half written, in a random order: every build gives
/// the image that one from nothing gives, and no command ends as none may.
///
/// `REGLAZE_FUZZ_CASES` says how many things are done.
@Suite struct StoreOperationTests {
    private static let count = Int(ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"] ?? "") ?? 250
    private static let programs = [
        "tiny_cnn", "tiny_cnn.edited", "tiny_cnn.moved", "tiny_cnn.renamed", "tiny_cnn.reordered", "tiny_cnn.reweighted",
        "tiny_attention", "constants", "multi_output", "inplace",
    ]

    private final class Place {
        let command: Command
        var program = ""
        var isShared = false
        private let shared: String

        /// `shared`: where the store is that both have at times.
        init(shared: String) throws {
            command = try Command()
            self.shared = shared
        }

        var store: String { isShared ? shared : "\(command.directory)/.reglaze" }

        func run(_ words: String, under limit: String = "") throws -> Command.Result {
            try command.run(words, environment: (isShared ? "REGLAZE_CACHE_DIR='\(shared)' " : "") + limit)
        }
    }

    @Test func `Whatever is done to a store, the next build's image is that of a build from nothing`() throws {
        let (shared, nothing) = (try Command(), try Command())
        let places = try (0..<2).map { _ in try Place(shared: "\(shared.directory)/store") }
        var images: [String: [UInt8]] = [:]
        for name in Self.programs {
            try nothing.write(nothing.fixture("\(name).pt2"), to: "model.pt2")
            #expect(try nothing.run("build model.pt2 -t headset --no-cache").status == 0)
            images[name] = try nothing.image("model.headset")
        }
        var generator = SeededGenerator(seed: 1)
        func edit(_ place: Place) throws {
            place.program = Self.programs.randomElement(using: &generator) ?? ""
            try place.command.write(place.command.fixture("\(place.program).pt2"), to: "model.pt2")
        }
        for place in places { try edit(place) }
        for step in 0..<Self.count {
            let number = Int.random(in: 0..<2, using: &generator)
            let (place, other) = (places[number], places[1 - number])
            let operation = Operation.allCases.randomElement(using: &generator) ?? .build
            func run(_ words: String, in place: Place, allowed: Set<Int32> = [0]) throws {
                let result = try place.run(words)
                #expect(allowed.contains(result.status), "step \(step), \(operation), \(words): \(result.status) \(result.errors)")
            }
            switch operation {
            case .edit: try edit(place)
            case .share: if Int.random(in: 0..<4, using: &generator) == 0 { place.isShared.toggle() }
            case .build, .again, .check:
                try run("build model.pt2 -t headset \(operation == .check ? "--check-hits=1/2" : "")", in: place)
                #expect(try place.command.image("model.headset") == images[place.program], "step \(step), \(operation), \(place.program)")
            case .kill:
                let seconds = Double.random(in: 0..<0.04, using: &generator)
                _ = try place.run("build model.pt2 -t headset", under: "timeout -s KILL \(seconds)")
            case .collect:
                try run("cache gc --max-size \(["1KiB", "100KiB"].randomElement(using: &generator) ?? "") --generations 2", in: place)
            case .verify: try run("cache verify --sample 0", in: place, allowed: [0, 3])
            case .bundle:
                let bundle = "\(shared.directory)/bundle"
                try run("cache export \(bundle)", in: place)
                if Bool.random(using: &generator) { damage(bundle, &generator) }
                // Which refuses what is no bundle any more.
                try run("cache import \(bundle)", in: other, allowed: [0, 1, 2, 3])
            case .damage:
                let names = FileManager.default.enumerator(atPath: place.store)?.compactMap { $0 as? String }.sorted() ?? []
                if let name = names.randomElement(using: &generator) { damage("\(place.store)/\(name)", &generator) }
            }
        }
    }

    private enum Operation: CaseIterable { case edit, share, build, again, check, kill, collect, verify, bundle, damage }

    /// Flips bits of a file, shortens it, or takes it away.
    private func damage(_ path: String, _ generator: inout SeededGenerator) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else { return }
        let kind = Int.random(in: 0..<6, using: &generator)
        guard kind > 0, let handle = FileHandle(forUpdatingAtPath: path), let size = try? handle.seekToEnd(), size > 0 else {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        for _ in 0..<[1, 3, 30][kind % 3] {
            let place = UInt64.random(in: 0..<size, using: &generator)
            try? handle.seek(toOffset: place)
            guard let byte = try? handle.read(upToCount: 1)?.first else { continue }
            try? handle.seek(toOffset: place)
            handle.write(Data([byte ^ (1 << UInt8.random(in: 0..<8, using: &generator))]))
        }
        if kind == 1 { try? handle.truncate(atOffset: UInt64.random(in: 0..<size, using: &generator)) }
    }
}
