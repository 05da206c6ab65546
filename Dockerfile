# The server, with the bundled model inside.
#   docker build --target cpu  -t inference-server .
#   docker build --target cuda -t inference-server:cuda .     (run with --gpus all)
#   docker run --rm -p 8080:8080 inference-server

FROM ubuntu:24.04 AS source
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY src/ src/
COPY models/ models/
COPY docs/results.json docs/

FROM source AS publish-cpu
RUN dotnet publish src/Server --configuration Release --output /app

FROM source AS publish-cuda
RUN dotnet publish src/Server --configuration Release --output /app -p:OnnxRuntime=cuda

FROM ubuntu:24.04 AS cpu
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates aspnetcore-runtime-10.0 && rm -rf /var/lib/apt/lists/*
COPY --from=publish-cpu /app /app
WORKDIR /app
USER ubuntu
EXPOSE 8080
# A container is reached from outside, so it listens on all of its addresses.
ENV Server__Urls=http://0.0.0.0:8080
ENTRYPOINT ["dotnet", "InferenceServer.Server.dll"]

# The CUDA 13 and cuDNN 9 libraries that ONNX Runtime's CUDA provider links to.
FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS cuda
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates aspnetcore-runtime-10.0 && rm -rf /var/lib/apt/lists/*
COPY --from=publish-cuda /app /app
WORKDIR /app
USER ubuntu
EXPOSE 8080
ENV Server__Urls=http://0.0.0.0:8080 Server__Device=cuda
ENTRYPOINT ["dotnet", "InferenceServer.Server.dll"]
