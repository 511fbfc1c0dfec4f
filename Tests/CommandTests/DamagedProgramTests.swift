import Basics
import EngineTestKit
import Foundation
import Pipeline
import Testing

/// Programs with a random change after the other, built with what the builds before have stored and without: the same images, reports and diagnostics,
/// and never a fault of ours.
///
/// `REGLAZE_FUZZ_CASES` says how many programs each run tries.
@Suite struct DamagedProgramTests {
    private static let cases = Int(ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"] ?? "") ?? 300

    @Test(arguments: [1, 2]) func `A damaged program comes out as from nothing, or is refused as from nothing`(run: Int) throws {
        let names = ["buffers", "control_flow", "constants", "detections", "dynamic_batch", "inplace", "mixed_precision", "multi_output"]
        let (cached, clean) = (try Command(), try Command())
        var generator = SeededGenerator(seed: UInt64(run))
        var sound = try names.map { try StoredArchive(cached.fixture("\($0).pt2")) }
        var built = 0
        for round in 0..<Self.cases / 10 {
            var archive = sound[Int.random(in: sound.indices, using: &generator)]
            try archive.change("models/model.json") { Self.damage(&$0, &generator) }
            let target = ["headset", "headset", "edge", "glasses"].randomElement(using: &generator) ?? "headset"
            let results = try [(cached, ""), (clean, "--no-cache")].map { command, flag in
                try command.write(archive.bytes, to: "m.pt2")
                let result = try command.run("build m.pt2 --target \(target) --json \(flag)")
                return (result, try command.image("m.\(target)"))
            }
            let (mine, theirs) = (results[0], results[1])
            let place = "run \(run), round \(round), \(target)"
            #expect(mine.0.status < 100 && mine.0.status == theirs.0.status, "\(place): \(mine.0.errors)")
            #expect(Self.told(mine.0.output) == Self.told(theirs.0.output), "\(place)")
            #expect(mine.0.errors == theirs.0.errors, "\(place)")
            guard mine.0.status == 0 else { continue }
            #expect(mine.1 != nil && mine.1 == theirs.1, "\(place)")
            built += 1
            sound.append(archive)
        }
        // Some changes hit a place without meaning or give another program; most are refused.
        #expect(built * 8 > Self.cases / 10, "\(built) of \(Self.cases / 10)")
    }

    /// What a build's document says of the program, and nothing of how it came about.
    private static func told(_ output: String) -> NSDictionary? {
        guard let document = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] else { return nil }
        let builds = (document["builds"] as? [[String: Any]] ?? []).map { build in
            build.filter { ["image_digest", "image_bytes", "host_operators", "timing", "target"].contains($0.key) }
        }
        return ["builds": builds, "diagnostics": document["diagnostics"] ?? []]
    }

    /// Changes one place of the program, or its list of nodes.
    private static func damage(_ member: inout StoredArchive.Member, _ generator: inout SeededGenerator) {
        guard let json = try? JSONSerialization.jsonObject(with: Data(member.bytes)), var program = json as? [String: Any] else { return }
        if Int.random(in: 0..<8, using: &generator) == 0 {
            damageNodes(&program, &generator)
        } else {
            damagePlace(&program, &generator)
        }
        guard let data = try? JSONSerialization.data(withJSONObject: program, options: [.sortedKeys]) else { return }
        member.bytes = Array(data)
    }

    private static func damageNodes(_ program: inout [String: Any], _ generator: inout SeededGenerator) {
        guard var module = program["graph_module"] as? [String: Any], var graph = module["graph"] as? [String: Any],
            var nodes = graph["nodes"] as? [[String: Any]], let node = nodes.indices.randomElement(using: &generator),
            let other = nodes.indices.randomElement(using: &generator)
        else { return }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: nodes.remove(at: node)
        case 1: nodes.swapAt(node, other)
        default: nodes[node]["target"] = nodes[other]["target"]
        }
        graph["nodes"] = nodes
        module["graph"] = graph
        program["graph_module"] = module
    }

    private static func damagePlace(_ program: inout [String: Any], _ generator: inout SeededGenerator) {
        var texts: [String] = []
        var count = 0
        _ = walk(program) { leaf in
            count += 1
            if let text = leaf as? String { texts.append(text) }
            return leaf
        }
        texts.sort()
        let chosen = Int.random(in: 0..<max(count, 1), using: &generator)
        var place = 0
        let damaged = walk(program) { leaf in
            defer { place += 1 }
            return place == chosen ? other(than: leaf, texts, &generator) : leaf
        }
        program = damaged as? [String: Any] ?? program
    }

    private static func other(than leaf: Any, _ texts: [String], _ generator: inout SeededGenerator) -> Any {
        if let text = leaf as? String { return Bool.random(using: &generator) ? texts.randomElement(using: &generator) ?? "" : text + "x" }
        guard let number = leaf as? NSNumber else { return leaf }
        let value = number.doubleValue
        guard value == value.rounded(), abs(value) < 1e6 else { return [-value, value * 2, 0].randomElement(using: &generator) ?? 0 }
        return [Int(value) + 1, Int(value) - 1, Int(value) * 2, 0, 1, -1, 3, 7].randomElement(using: &generator) ?? 0
    }

    /// Every leaf in an order that is the same in every process, replaced by what `body` gives.
    private static func walk(_ value: Any, _ body: (Any) -> Any) -> Any {
        if let list = value as? [Any] { return list.map { walk($0, body) } }
        guard let table = value as? [String: Any] else { return body(value) }
        return table.sorted { $0.key < $1.key }.reduce(into: [String: Any]()) { $0[$1.key] = walk($1.value, body) }
    }
}

extension Command {
    /// The bytes of an image that a build left, if there is one.
    func image(_ name: String) throws -> [UInt8]? {
        let path = "\(directory)/build/\(name).rgi"
        return FilePath.exists(path) ? try ByteStorage(mapping: path).array : nil
    }
}
