import ArgumentParser
import Capture
import Pipeline

extension ActivationScheme: ExpressibleByArgument {}

/// How a model is built and what it is called with.
struct CapturedModelOptions: ParsableArguments {
    @Option(
        name: .long, help: "An input's SHAPE:DTYPE, such as 1x3x224x224:float32; repeatable, in order. Default: what the source states.")
    var input: [String] = []

    @Option(name: .long, help: "Inputs by name, as a JSON object of leaves {\"shape\": […], \"dtype\": …}.")
    var inputKwargs: String?

    @Option(name: .long, help: "Constructor arguments, as a JSON object.")
    var kwargs: String?

    @Option(name: .long, help: "A checkpoint in safetensors form.")
    var weights: String?

    @Option(name: .long, help: "Dimensions to leave open, as JSON: {\"INPUT\": {\"DIMENSION\": \"NAME\"}}.")
    var dynamic: String?

    @Option(name: .long, help: "int8 quantises after training, with the inputs of --calibration.")
    var precision: Precision = .float

    @Option(name: .long, help: "Calibration inputs, a safetensors file.")
    var calibration: String?

    @Option(name: .long, help: "Of int8: asymmetric, with a zero point for each tensor, or symmetric, without.")
    var activations: ActivationScheme = .asymmetric

    @Option(name: .customLong("pass"), help: "A Torch FX pass of your own, FILE.py:NAME; repeatable, in order.")
    var passes: [String] = []

    @Option(name: .long, help: "A branch that you vouch for, LINE=True or LINE=False; repeatable. Checked at run time.")
    var assume: [String] = []

    @Flag(name: .long, help: "Accept the assumptions of a draft export.")
    var acceptDraft = false

    @Flag(name: .long, help: "Refuse what can be captured only in part.")
    var noPartial = false

    @Flag(name: .long, help: "Do not compare the captured program with the model.")
    var noVerify = false

    /// The specification of a source. Paths of the command line are relative to the working directory.
    func specification(_ source: String, passes manifestPasses: [String], _ environment: CaptureEnvironment) throws -> CaptureSpecification
    {
        var specification = CaptureSpecification(source: Self.inWorkspace(source, environment))
        if !input.isEmpty { specification.inputs = .array(try input.map(Self.leaf)) }
        specification.inputKwargs = try inputKwargs.map { try Self.object($0, "--input-kwargs") }
        specification.kwargs = try kwargs.map { try Self.object($0, "--kwargs") }
        specification.dynamic = try dynamic.map { try Self.object($0, "--dynamic") }
        specification.weights = weights.map { Self.inWorkspace($0, environment) }
        specification.calibration = calibration.map { Self.inWorkspace($0, environment) }
        specification.activations = activations
        specification.precision = precision == .int8 ? "int8" : "float"
        specification.passes = manifestPasses + passes.map { Self.inWorkspace($0, environment) }
        specification.acceptsDraft = acceptDraft
        specification.isPartialAccepted = !noPartial
        specification.verifies = !noVerify
        for text in assume {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Int(parts[0]) != nil, let taken = ["true": true, "false": false][parts[1].lowercased()] else {
                throw ValidationError("--assume takes LINE=True or LINE=False, not '\(text)'")
            }
            specification.assume[parts[0]] = taken
        }
        return specification
    }

    /// A path of the command line as one of the workspace, absolute where it lies outside.
    static func inWorkspace(_ path: String, _ environment: CaptureEnvironment) -> String {
        let absolute = FilePath.join(FilePath.workingDirectory, path)
        let root = environment.workspace + "/"
        return absolute.hasPrefix(root) ? String(absolute.dropFirst(root.count)) : absolute
    }

    private static func leaf(_ text: String) throws -> JSONValue {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let sizes = parts[0].isEmpty ? [] : parts[0].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, sizes.allSatisfy({ ($0 ?? 0) > 0 }) else {
            throw ValidationError("--input takes SHAPE:DTYPE, such as 1x3x224x224:float32, not '\(text)'")
        }
        return .object([
            "shape": .array(sizes.map { .integer($0 ?? 0) }), "dtype": .string(parts.count == 2 ? parts[1] : "float32"),
        ])
    }

    private static func object(_ text: String, _ option: String) throws -> JSONValue {
        guard let value = JSONValue(text: text), case .object = value else {
            throw ValidationError("\(option) takes a JSON object, not '\(text)'")
        }
        return value
    }
}
