import ArgumentParser
import Basics
import Machine
import Pipeline
import Simulation

extension Dataflow: ExpressibleByArgument {}

struct CostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "One operator's cycles and traffic by closed form; no model needed.")

    @Option(name: [.customShort("t"), .long], help: "The target.")
    var target: String
    @Option(name: .long, help: "A matrix product MxKxN.")
    var gemm: String?
    @Option(name: .long, help: "A convolution N,C,H,W,O,KH,KW,S,P.")
    var conv: String?
    @Option(name: .long, help: "A depthwise convolution N,C,H,W,KH,KW,S,P.")
    var depthwise: String?
    @Option(name: .long, help: "Element type of the operands: i8, i16, f16, bf16 or f32 (int8, float32 … are taken too).")
    var dtype = "i8"
    @Option(name: .long, help: "Array RxC instead of the target's.")
    var array: String?
    @Option(name: .long, help: "Force the array with this dataflow: os or ws.")
    var dataflow: Dataflow?
    @Flag(name: .long, help: "Nothing overlaps: SCALE-Sim's rule, exactly.")
    var noOverlap = false
    @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml.")
    var workspace: String?
    @OptionGroup var output: OutputOptions

    func run() throws {
        let description = try TargetReader(try Workspace.open(directory: workspace)).target(named: target)
        let element = try Self.element(dtype)
        let cost = try OperatorCost(
            try shape(), on: description, element: element, mode: noOverlap ? .noOverlap : .overlap,
            array: try array.map { text in
                let sides = try Self.numbers(text, separator: "x", count: 2, option: "--array", atMost: 4096)
                return (rows: sides[0], columns: sides[1])
            }, dataflow: dataflow)
        let document = CostDocument(cost, target: description, element: element)
        if output.json {
            output.console.result(try JSONDocument.text(document))
        } else {
            document.lines.forEach(output.console.result)
        }
    }

    private func shape() throws -> OperatorShape {
        switch (gemm, conv, depthwise) {
        case (let text?, nil, nil):
            let sizes = try Self.numbers(text, separator: "x", count: 3, option: "--gemm", atMost: 1 << 20)
            return .gemm(rows: sizes[0], depth: sizes[1], columns: sizes[2])
        case (nil, let text?, nil):
            let sizes = try Self.numbers(text, separator: ",", count: 9, option: "--conv", atMost: 1 << 20, mayBeZero: 8)
            return .convolution(try Self.convolution(Array(sizes[0..<4]), outputChannels: sizes[4], rest: Array(sizes[5...])))
        case (nil, nil, let text?):
            let sizes = try Self.numbers(text, separator: ",", count: 8, option: "--depthwise", atMost: 1 << 20, mayBeZero: 7)
            return .depthwise(try Self.convolution(Array(sizes[0..<4]), outputChannels: sizes[1], rest: Array(sizes[4...])))
        default: throw ValidationError("name exactly one of --gemm, --conv and --depthwise")
        }
    }

    private static func convolution(_ input: [Int], outputChannels: Int, rest: [Int]) throws -> ConvolutionShape {
        let shape = ConvolutionShape(
            batch: input[0], channels: input[1], height: input[2], width: input[3], outputChannels: outputChannels, kernelHeight: rest[0],
            kernelWidth: rest[1], stride: rest[2], padding: rest[3])
        guard shape.isValid else { throw ValidationError("the kernel is larger than the padded input") }
        return shape
    }

    private static func numbers(
        _ text: String, separator: Character, count: Int, option: String, atMost limit: Int, mayBeZero: Int? = nil
    ) throws -> [Int] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        let fit = numbers.enumerated().allSatisfy { $1 <= limit && ($1 > 0 || ($1 == 0 && $0 == mayBeZero)) }
        guard parts.count == count, numbers.count == count, fit else {
            throw ValidationError("\(option) takes \(count) whole numbers from 1 to \(limit), separated by '\(separator)'; got '\(text)'")
        }
        return numbers
    }

    private static func element(_ name: String) throws -> MachineType {
        let names = ["int8": "i8", "int16": "i16", "float16": "f16", "bfloat16": "bf16", "float32": "f32"]
        guard let type = MachineType.allCases.first(where: { "\($0)" == names[name] ?? name }) else {
            throw ValidationError("unknown element type '\(name)'; known: \(MachineType.allCases.map { "\($0)" }.joined(separator: ", "))")
        }
        return type
    }
}
