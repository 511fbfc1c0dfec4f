import Basics
import GraphPasses
import Machine
import PT2
import QueryEngine
import Simulation
import Synchronization
import TensorIR

/// The values of a built program for a sequence of calls. A root: depends on the image, the program and the files of inputs; its steps are queries by content.
struct RunQuery: Query {
    static let kind = "RunProgram"
    static let version = SourceVersion.of(.pipeline)
    static let storage = QueryStorage.byTrace

    let specification: ProgramSpecification
    let image: String
    /// Where the inputs of each call come from.
    let calls: [CallSource]

    var label: String { specification.label }

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(specification)
        encoder.append(image)
        encoder.append(calls)
    }

    func compute(_ context: QueryContext) async throws -> RunResults {
        do {
            let program = try PreparedProgram(ProgramImage(reading: context.read(image), checksConstants: false))
            let (imported, states) = try await importedProgram(context)
            var sequence = CallSequence(program: program, imported: imported, states: states, context: context)
            var results = RunResults(calls: [], steps: program.image.steps.count * calls.count)
            for call in calls { results.calls.append(try await sequence.call(call.values(of: specification, context))) }
            return results
        } catch let error as SimulationError {
            throw error.diagnostic
        } catch let error as ProgramImageError {
            throw error.diagnostic(path: image)
        } catch let error as PT2Error {
            throw error.diagnostic(in: specification.program.name)
        } catch let error as FileError {
            throw Diagnostic(.unreadableInput, error.description)
        }
    }

    /// The program again, for the order of its inputs and outputs and for the initial values of its states.
    private func importedProgram(_ context: QueryContext) async throws -> (program: ImportedProgram, states: [[UInt8]]) {
        let archive = try await specification.openArchive(context)
        let imported = try await specification.inProgram { try await specification.importProgram(archive, context) }
        let weights = try specification.bindWeights(imported, archive, context)
        let states = imported.graph.updates.compactMap { update in
            weights.weights.first { $0.input == update.state }?.tensor.bytes
        }
        return (imported, states)
    }
}

/// Calls of one program, one after the other: states that a call leaves are those that the next one finds.
private struct CallSequence {
    let program: PreparedProgram
    let imported: ImportedProgram
    var states: [[UInt8]]
    let context: QueryContext

    mutating func call(_ values: CallValues) async throws -> [RunResults.Output] {
        let run = ProgramRun(program)
        let image = program.image
        try run.begin(inputs: values.inputs(imported, image.inputs.dropLast(states.count)) + states)
        for step in image.steps.indices {
            do { try await execute(step, run) } catch let error as SimulationError {
                throw error.diagnostic(at: imported.position(ofStep: image.names.steps[step]))
            }
        }
        let outputs = try run.outputs()
        states = Array(outputs.suffix(states.count))
        let results = imported.results(zip(image.outputs.dropLast(states.count), outputs).map { Tensor($0.type, storage: ByteStorage($1)) })
        return zip(zip(results, imported.resultLeaves), Decisions(imported).ofOutputs).map { result, decision in
            RunResults.Output(
                name: "output.\(result.1)", type: result.0.type, content: context.blob(result.0.storage), decision: decision)
        }
    }

    /// Runs a step, or takes over what it gave before.
    private func execute(_ step: Int, _ run: ProgramRun) async throws {
        let work = try run.work(ofStep: step)
        let isExecuted = Atomic(false)
        let results = try await Self.results(
            StepQuery(work: work.operation, operands: work.operands, label: program.image.names.steps[step]) {
                isExecuted.store(true, ordering: .relaxed)
                return try run.execute(step: step, host: HostEvaluation.execute)
            }, context)
        if !isExecuted.load(ordering: .relaxed) { try run.adopt(results, ofStep: step) }
    }

    private static func results(_ query: StepQuery, _ context: QueryContext) async throws -> [[UInt8]] {
        try await context.get(query).blobs.map { blob in
            try context.open(blob).array
        }
    }
}

extension SimulationError {
    fileprivate func diagnostic(at position: SourcePosition?) -> Diagnostic {
        var diagnostic = diagnostic
        diagnostic.position = position
        return diagnostic
    }
}
