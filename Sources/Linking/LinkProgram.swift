import Machine

/// Links a program: plans its memory, fills the binding table of each step, lays out its constants.
///
/// Kernels are taken as they are: what changes when addresses move are binding tables, never code (law L3); what changes with new weights is the
/// constants segment (law L4). The image is a function of the request alone. O(steps + bytes of constants that have an equal), beside the plan.
package func linkProgram(_ request: LinkRequest) throws(LinkError) -> LinkedProgram {
    let planRequest = try planRequest(for: request)
    let plan: ActivationPlan
    do { plan = try planActivations(planRequest) } catch { throw .plan(error) }
    var binder = Binder(request, plan)
    let steps = try binder.bindSteps()
    let inputs = try binder.bindInputs()
    let outputs = try binder.bindOutputs()
    let image = ProgramImage(
        target: request.target, kernels: binder.kernels.objects, steps: steps,
        memory: MemoryPlan(dramBytes: plan.dramBytes, sramBytes: plan.sramPeakBytes), inputs: inputs, outputs: outputs,
        names: ProgramNames(
            steps: request.steps.map(\.name), inputs: request.inputs.map(\.name) + request.states.map(\.name),
            outputs: request.outputs.map(\.name) + request.states.map(\.name)),
        constants: binder.constants.slices, constantBytes: binder.constants.byteCount)
    let report = LinkReport(
        sramPeakBytes: plan.sramPeakBytes, sramPeakStep: plan.sramPeakStep, dramBytes: plan.dramBytes,
        spilledTraffic: plan.spilledTraffic, constantBytes: image.constantBytes, constants: image.constants.count,
        operandSpaces: steps.map { step in
            if case .kernel(let use) = step { use.bindings.map(\.space) } else { [] }
        },
        states: request.states.indices.map {
            .init(input: request.inputs.count + $0, output: request.outputs.count + $0)
        })
    return LinkedProgram(image: image, plan: plan, planRequest: planRequest, report: report)
}

/// The program as the planner sees it: the request's values in order, then one value for each scratch operand, step by step.
private func planRequest(for request: LinkRequest) throws(LinkError) -> ActivationPlanRequest {
    var values = request.values.map { PlannedValue(sizeBytes: $0.type.sizeBytes, part: $0.part) }
    var pinned = request.states.flatMap { [$0.current, $0.next] }
    for port in request.inputs {
        guard case .value(let value) = port.operand else { throw .malformed(.inputIsConstant(port.name)) }
        pinned.append(value)
    }
    for port in request.outputs { if case .value(let value) = port.operand { pinned.append(value) } }
    for value in pinned {
        guard values.indices.contains(value) else { throw .malformed(.unknownValue(value)) }
        values[value].isPinned = true
    }
    var steps: [PlannedStep] = []
    for (index, step) in request.steps.enumerated() {
        var planned = PlannedStep(reads: [], writes: [])
        for operand in step.operands {
            if case .value(let value) = operand { planned.reads.append(try access(value, in: request)) }
        }
        for value in step.results { planned.writes.append(try access(value, in: request)) }
        switch step.work {
        case .host: planned.runsOnHost = true
        case .kernel(let kernel):
            guard request.kernels.indices.contains(kernel) else { throw .malformed(.unknownKernel(kernel, step: index)) }
            planned.workspaceBytes = request.kernels[kernel].workspaceBytes
            for operand in request.kernels[kernel].operands where operand.role == .scratch {
                // Written, then read back.
                planned.writes.append(.init(values.count, movedBytes: 2 * operand.bytes))
                values.append(PlannedValue(sizeBytes: operand.bytes))
            }
        }
        steps.append(planned)
    }
    return ActivationPlanRequest(
        values: values, steps: steps, sramBytes: request.target[.scratchpadBytes],
        dramBytes: min(request.dramBytes, 1 << 40))
}

/// A step's use of a value, moved once as a whole.
private func access(_ value: Int, in request: LinkRequest) throws(LinkError) -> PlannedStep.Access {
    guard request.values.indices.contains(value) else { throw .malformed(.unknownValue(value)) }
    return PlannedStep.Access(value, movedBytes: request.values[value].type.sizeBytes)
}
