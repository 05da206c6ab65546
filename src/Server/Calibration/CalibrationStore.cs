using System.Text.Json;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Calibration;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Calibration;

/// <summary>Calibrations on shared state, one document each.</summary>
public sealed class CalibrationStore(ISharedState state, ServedModel model) : ICalibrationSource
{
    private const string Kind = "calibration";

    public ValueTask SaveAsync(Tenant tenant, StoredCalibration calibration, CancellationToken cancellationToken) =>
        state.SetAsync(tenant.Key(Kind, calibration.Name), JsonSerializer.Serialize(calibration, ApiJson.Instance.StoredCalibration), null, cancellationToken);

    public async Task<IReadOnlyList<StoredCalibration>> ListAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> keys = await state.KeysAsync(tenant.Prefix(Kind), cancellationToken);
        return [.. (await state.GetManyAsync(keys, cancellationToken)).Where(json => json is not null).Select(json => JsonSerializer.Deserialize(json!, ApiJson.Instance.StoredCalibration)!)];
    }

    public async ValueTask<StoredCalibration?> FindAsync(Tenant tenant, string name, CancellationToken cancellationToken) =>
        Strategies.Handbooks.BehaviourRules.IsHandbookName(name) && await state.GetAsync(tenant.Key(Kind, name), cancellationToken) is { } json
            ? JsonSerializer.Deserialize(json, ApiJson.Instance.StoredCalibration)
            : null;

    /// <returns>Whether there was one.</returns>
    public async ValueTask<bool> DeleteAsync(Tenant tenant, string name, CancellationToken cancellationToken) =>
        Strategies.Handbooks.BehaviourRules.IsHandbookName(name) && await state.RemoveAsync(tenant.Key(Kind, name), cancellationToken);

    /// <summary>Another model's threshold is none of this one's.</summary>
    public async ValueTask<double?> ThresholdAsync(string tenant, string name, CancellationToken cancellationToken) =>
        await FindAsync(new(tenant), name, cancellationToken) is { } found && found.SystemFingerprint == model.Fingerprint ? found.Threshold : null;
}
