// The Go SDK as its users have it: configured by environment and profile alone. Takes one call a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"
)

type call struct {
	Operation string
	Input     json.RawMessage
}

type clientError struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Caught  string `json:"caught"`
}

type outcome struct {
	Ok        bool           `json:"ok"`
	Output    map[string]any `json:"output"`
	Error     *clientError   `json:"error,omitempty"`
	RequestId string         `json:"requestId"`
}

func main() {
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client := apigateway.NewFromConfig(loaded)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked call
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer, err := json.Marshal(perform(ctx, client, asked))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(answer))
	}
}

// Every operation is a method of (context, *Input, ...func(*Options)) that returns (*Output, error).
func perform(ctx context.Context, client *apigateway.Client, asked call) outcome {
	method := reflect.ValueOf(client).MethodByName(asked.Operation)
	input := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal(asked.Input, input.Interface()); err != nil {
		panic(err)
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, failed := results[1].Interface().(error); failed {
		return refused(err)
	}
	output := results[0].Elem()
	metadata := output.FieldByName("ResultMetadata").Interface().(smithymiddleware.Metadata)
	requestId, _ := middleware.GetRequestIDMetadata(metadata)
	return outcome{Ok: true, Output: members(output), RequestId: requestId}
}

func refused(err error) outcome {
	var described smithy.APIError
	if !errors.As(err, &described) {
		panic(err)
	}
	var response *awshttp.ResponseError
	errors.As(err, &response)
	caught := reflect.TypeOf(described).Elem().Name()
	named := &clientError{described.ErrorCode(), described.ErrorMessage(), caught}
	return outcome{Error: named, RequestId: response.ServiceRequestID()}
}

// The members as the wire names them, without those that aren't set.
func members(output reflect.Value) map[string]any {
	text, err := json.Marshal(output.Interface())
	if err != nil {
		panic(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		panic(err)
	}
	delete(fields, "ResultMetadata")
	return renamed(fields).(map[string]any)
}

func renamed(value any) any {
	switch value := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for name, member := range value {
			if member != nil {
				fields[strings.ToLower(name[:1])+name[1:]] = renamed(member)
			}
		}
		return fields
	case []any:
		for at, member := range value {
			value[at] = renamed(member)
		}
		return value
	default:
		return value
	}
}
