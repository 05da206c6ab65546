# The server, with the bundled model inside.
#   docker build --target cpu  -t inference-server .
#   docker build --target cuda -t inference-server:cuda .     (run with --gpus all)
#   docker run --rm -p 8080:8080 inference-server

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS source
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/ src/
COPY models/ models/

FROM source AS publish-cpu
RUN dotnet publish src/Server --configuration Release --output /app

FROM source AS publish-cuda
RUN dotnet publish src/Server --configuration Release --output /app -p:OnnxRuntime=cuda

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS cpu
COPY --from=publish-cpu /app /app
WORKDIR /app
USER app
EXPOSE 8080
# A container is reached from outside, so it listens on all of its addresses.
ENV Server__Urls=http://0.0.0.0:8080
ENTRYPOINT ["dotnet", "InferenceServer.Server.dll"]

# The CUDA 13 and cuDNN 9 libraries that ONNX Runtime's CUDA provider links to.
FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS cuda
COPY --from=mcr.microsoft.com/dotnet/aspnet:10.0 /usr/share/dotnet /usr/share/dotnet
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=publish-cuda /app /app
WORKDIR /app
USER ubuntu
EXPOSE 8080
ENV PATH=/usr/share/dotnet:$PATH Server__Urls=http://0.0.0.0:8080 Server__Device=cuda
ENTRYPOINT ["dotnet", "InferenceServer.Server.dll"]
