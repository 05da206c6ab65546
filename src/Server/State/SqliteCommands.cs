using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace InferenceServer.Server.State;

/// <summary>Commands with named parameters, in one line each.</summary>
[SuppressMessage("Security", "CA2100", Justification = "Every text is a constant of this folder; values travel as parameters.")]
internal static class SqliteCommands
{
    public static SqliteCommand Command(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <returns>Rows changed.</returns>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteCommand command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public static long Number(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The first column of every row.</summary>
    public static List<string> Strings(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteCommand command = connection.Command(sql, parameters);
        using SqliteDataReader rows = command.ExecuteReader();
        var values = new List<string>();
        while (rows.Read())
            values.Add(rows.GetString(0));
        return values;
    }
}
